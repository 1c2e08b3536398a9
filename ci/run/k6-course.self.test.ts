/** Courses of the config as k6 itself offers them, and what is seen of a load that took another course. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { sla, type Course, type LoadShape, type LoadShapeName } from '../../sla.config.ts'
import { loadOf } from '../../k6/shapes.ts'
import { dueAfterMs, keepsConnections, scenarioOf, segmentOf, type Load, type Shard } from '../../k6/schedule.ts'
import type { Premise } from '../../suites/evidence/record.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { observeCourse, type Start } from './k6-course.ts'
import { openK6Room } from './k6-room.ts'

const { 'mesh-peers-stages': staged, 'mesh-peers-spike': spiked } = sla.loadShapes
const seconds = 2
const third = 1 / 3

/** One of each kind of course: leaps, straight lines up and down, and both in one. */
const courses = {
  stages: staged.course,
  spike: spiked.course,
  ramp: { fromShare: 0, stages: [{ toShare: 1, part: 1 }] },
  fall: { fromShare: 1, stages: [{ toShare: 0.1, part: 1 }] },
  burst: {
    fromShare: third,
    stages: [
      { toShare: third, part: 0.4 },
      { toShare: 1, part: 0 },
      { toShare: 1, part: 0.2 },
      { toShare: third, part: 0 },
      { toShare: third, part: 0.4 },
    ],
  },
} as const satisfies Record<string, Course>
type Name = keyof typeof courses

function loadWith(course: Course | undefined): Load {
  const shape: LoadShape = { ...staged, perMinute: 6_000, seconds: { gate: seconds, quick: seconds, release: seconds } }
  const loadShapes = { ...sla.loadShapes, 'mesh-peers-stages': { ...shape, course } as LoadShape }
  return loadOf('mesh-peers-stages', 'gate', 1, { ...sla, loadShapes })
}
/** The same of each course. */
const forEach = <T>(make: (name: Name) => T): Readonly<Record<Name, T>> => ({
  stages: make('stages'),
  spike: make('spike'),
  ramp: make('ramp'),
  fall: make('fall'),
  burst: make('burst'),
})
const loads = forEach((name) => loadWith(courses[name]))

const { k6, room, close } = await openK6Room('course')
afterAll(close)

/** Offers all courses at once, or a shard's part of them, and answers when k6 started what. */
async function offered(shard: Shard): Promise<Readonly<Record<Name, readonly Start[]>>> {
  const script = join(room, `script-${shard.number}.ts`)
  const scenarios = Object.fromEntries(Object.entries(loads).map(([name, load]) => [name, scenarioOf(load)]))
  writeFileSync(
    script,
    `import exec from 'k6/execution'
     import { nowMs, scenarioStartMs } from 'k6/x/meshcert'
     export const options = ${JSON.stringify({ ...segmentOf(shard), scenarios })}
     export default function () {
       const afterMs = nowMs() - scenarioStartMs()
       console.log(['started', exec.scenario.name, exec.scenario.iterationInTest, afterMs].join('|'))
     }`,
  )
  const env = { ...process.env, K6_AUTO_EXTENSION_RESOLUTION: 'false', K6_NO_USAGE_REPORT: 'true' }
  const command = ['supervise', '-deadline', '60s', '--', 'run', '--quiet', script]
  const running = promisify(execFile)(k6, command, { env, maxBuffer: 1 << 24 })
  const { stdout, stderr } = await running
  const lines = [...(stdout + stderr).matchAll(/started\|(\w+)\|(\d+)\|([\d.]+)/g)]
  const of = (name: Name): readonly Start[] =>
    lines.flatMap(([, scenario, index, ms]) =>
      scenario === name ? [{ index: Number(index), afterMs: Number(ms) }] : [],
    )
  return forEach(of)
}

function premisesOf(load: Load, starts: readonly Start[]): readonly Premise[] {
  const premises: Premise[] = []
  const observe: Pick<Observe, 'premise' | 'count'> = {
    premise: (premise) => void premises.push(premise),
    count: () => undefined,
  }
  observeCourse(observe as Observe, { load, starts, hurried: true })
  return premises
}
const broken = (load: Load, starts: readonly Start[]) =>
  premisesOf(load, starts).flatMap(({ measured, limit, unit, noise }) => (measured > limit ? [{ unit, noise }] : []))

/** Arrivals as they are due by a course, whatever course is asked for. */
const startsBy = (load: Load): readonly Start[] =>
  Array.from({ length: load.planned }, (_, index) => ({ index, afterMs: dueAfterMs(load, index) }))

test('k6 offers no arrival of any course before it is due by our reckoning, nor any twice', async () => {
  const [whole, second] = await Promise.all([offered({ number: 1, of: 1 }), offered({ number: 2, of: 3 })])
  for (const name of Object.keys(courses) as Name[]) {
    const load = loads[name]
    for (const [starts, planned] of [
      [whole[name], load.planned],
      [second[name], load.planned / 3],
    ] as const) {
      // How many are in time is this machine's affair while tests run, and so is how late they are.
      expect(starts.length).toBeGreaterThan(planned / 2)
      expect(starts.length).toBeLessThanOrEqual(planned + 1)
      expect(new Set(starts.map(({ index }) => index)).size).toBe(starts.length)
      const early = Math.max(...starts.map(({ index, afterMs }) => dueAfterMs(load, index) - afterMs))
      expect({ name, isEarly: early > 1 }).toEqual({ name, isEarly: false })
    }
  }
}, 60_000)

test('users who would let their connections idle until a server closes them do not keep them', () => {
  const shapes = Object.keys(sla.loadShapes) as readonly LoadShapeName[]
  const closing = shapes.filter((shape) => !keepsConnections(loadOf(shape, 'quick')))
  expect(closing).toEqual(['mesh-peers-stages', 'mesh-peers-spike'])
})

test('what is due adds up to the rates of the course', () => {
  const load = loads.spike
  const inWindow = (fromMs: number, toMs: number) =>
    startsBy(load).filter(({ afterMs }) => afterMs > fromMs && afterMs <= toMs).length
  // 20 arrivals a second, a rise to 100 and a fall within a fifth of the time, and 20 again; one that is due at the end is not promised.
  expect([inWindow(0, 800), inWindow(800, 1_200), inWindow(1_200, 2_000)]).toEqual([16, 24, 15])
})

test('shape-flattened: a course that is offered at a constant rate is in doubt, whichever it is', () => {
  for (const [name, load] of Object.entries(loads)) {
    const mean: Load = { ...load, legs: null, perMinute: (load.planned * 60) / seconds }
    expect({ name, flattened: broken(load, startsBy(mean)).length > 0 }).toEqual({ name, flattened: true })
    expect({ name, as: broken(load, startsBy(load)) }).toEqual({ name, as: [] })
  }
})

test('a ramp that was flattened is early, which is no noise; one that is late may be', () => {
  const mean: Load = { ...loads.ramp, legs: null, perMinute: (loads.ramp.planned * 60) / seconds }
  expect(broken(loads.ramp, startsBy(mean))).toEqual([{ unit: 'ms before an arrival was due', noise: false }])
  const late = startsBy(loads.ramp).map(({ index, afterMs }) => ({ index, afterMs: afterMs + 40 }))
  expect(broken(loads.ramp, late)).toEqual([{ unit: 'ms', noise: true }])
})
