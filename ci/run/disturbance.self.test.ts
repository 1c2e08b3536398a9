import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { sla } from '../../sla.config.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import type { Observation } from '../../suites/evidence/record.ts'
import { undisturbedName } from '../verdict/disturbance.ts'
import { judged, latencies, record } from '../verdict/sample-evidence.ts'
import { disturbedMs, observeDisturbance, watchDisturbance } from './disturbance.ts'
import type { Look, ProcessorTime } from './foreign-load.ts'

const { atLeastCores, afterS } = sla.premises.disturbance
type Cores = Omit<Look, 'seconds'>
const looks = (count: number, cores: Cores): readonly Look[] =>
  Array.from({ length: count }, () => ({ seconds: 1, ...cores }))
const disturbedS = (of: readonly Look[]): number => disturbedMs(of, 2) / 1_000

test('a background of a few hundredths of a core disturbs nothing, however busy the run is', () => {
  for (const run of [0, 0.3, 1.3, 1.97]) expect(disturbedS(looks(60, { foreign: 0.04, run }))).toBe(0)
})

test('who needs nearly all of the machine is disturbed by little, who needs little by much', () => {
  expect(disturbedS(looks(1, { foreign: 0.25, run: 1.3 }))).toBe(1)
  expect(disturbedS(looks(1, { foreign: 0.25, run: 0.3 }))).toBe(0)
  expect(disturbedS(looks(1, { foreign: atLeastCores + 0.01, run: 1.9 }))).toBe(1)
})

test('a mean that is allowed hides no peak: what follows it counts as well, the rest does not', () => {
  const peak = [
    ...looks(20, { foreign: 0.02, run: 1.2 }),
    { seconds: 1, foreign: 0.8, run: 1 },
    ...looks(39, { foreign: 0.02, run: 1.2 }),
  ]
  expect(peak.reduce((sum, { foreign }) => sum + foreign, 0) / peak.length).toBeLessThan(
    sla.premises.foreignLoadCores / 10,
  )
  expect(disturbedS(peak)).toBe(1 + afterS)
})

test('a look counts for as long as it was, and a tail of some ms only together with the look before it', () => {
  const quiet = looks(7, { foreign: 0, run: 1.2 })
  expect(disturbedS([...quiet, { seconds: 0.01, foreign: 1, run: 1 }])).toBe(0)
  expect(disturbedS([{ seconds: 0.01, foreign: 1, run: 1 }])).toBe(0)
  expect(disturbedS([{ seconds: 0.6, foreign: 0.7, run: 1.2 }])).toBeCloseTo(0.6)
  expect(disturbedS([{ seconds: 1.2, foreign: 0.7, run: 1.2 }, ...quiet.slice(0, 1)])).toBeCloseTo(2.2)
})

test('what a look has too much and the one beside it too little was never there', () => {
  const before = looks(3, { foreign: 0, run: 1.2 })
  const [much, little] = [
    { seconds: 1, foreign: 0.76, run: 1.2 },
    { seconds: 1, foreign: -0.64, run: 1.2 },
  ]
  expect(disturbedS([...before, much, little, ...before])).toBe(0)
  expect(disturbedS([...before, little, much, ...before])).toBe(0)
  expect(disturbedS([...before, much, ...before])).toBe(1 + afterS)
})

type Course = {
  /** Of the watch: whole looks and a tail. */
  readonly ticks: number
  /** Cores. */
  readonly run: number
  readonly foreign: (tick: number) => number
  /** Longest time that reading all processes takes. */
  readonly scanTicks: number
}
const cores = 2
const processes = 12

/** Readings of two cores as a kernel counts them: the machine by who is seen at each tick, each process to the tick below. */
function readingsOf(seed: string, { ticks, run, foreign, scanTicks }: Course): readonly ProcessorTime[] {
  const random = randomFrom(seed)
  const [machine, ran] = [[0], [0]]
  for (let tick = 0; tick <= ticks + 2 * scanTicks; tick += 1) {
    const wanted = Math.min(cores - foreign(tick), run * (0.5 + random.float()))
    const busy = (wanted + foreign(tick)) / cores
    const seen = Array.from({ length: cores }, () => Number(random.float() < busy)).reduce((sum, one) => sum + one, 0)
    machine.push((machine.at(-1) ?? 0) + seen)
    ran.push((ran.at(-1) ?? 0) + wanted)
  }
  const readings: ProcessorTime[] = []
  for (let tick = 0; ; tick = Math.min(ticks, tick + 100 + random.integer(0, 4))) {
    const after = tick + random.integer(0, scanTicks)
    const shareAt = (index: number) => ((ran[random.integer(tick, after)] ?? 0) + index) / processes
    const counted = Array.from({ length: processes }, (_, index) => Math.floor(shareAt(index)))
    readings.push({
      machine: machine[tick] ?? 0,
      run: counted.reduce((sum, one) => sum + one, 0),
      machineAfter: machine[after] ?? 0,
      atMs: 10 * after,
    })
    if (tick === ticks) return readings
  }
}

function watched(readings: readonly ProcessorTime[]): Extract<Observation, { type: 'proportion' }> {
  const seen: Extract<Observation, { type: 'proportion' }>[] = []
  const proportion = (name: string, good: number, total: number) =>
    void seen.push({ type: 'proportion', name, good, total })
  observeDisturbance({ proportion, count: () => undefined }, readings, cores)
  const [one] = seen
  if (one === undefined) throw new Error('A watch records its proportion.')
  return one
}

test('where nothing is foreign nothing is excused: counters in ticks, tails of some ms, readings that take their time', () => {
  for (const run of [0.1, 0.7, 1.3, 1.9]) {
    for (const scanTicks of [0, 1, 40]) {
      for (let course = 0; course < 40; course += 1) {
        const seed = `nothing foreign ${run} ${scanTicks} ${course}`
        const ticks = 700 + (course % 5)
        const { name, good, total } = watched(readingsOf(seed, { ticks, run, foreign: () => 0, scanTicks }))
        expect([seed, name, total - good]).toEqual([seed, undisturbedName, 0])
      }
    }
  }
})

test('a target that is slow all the time fails, on a machine of its own and beside a peak of others', () => {
  const slow = (foreign: Course['foreign']) => {
    const undisturbed = watched(readingsOf('slow', { ticks: 702, run: 1.2, foreign, scanTicks: 1 }))
    const verdict = judged('latency', [record({ observations: [latencies(0, 2_000), undisturbed] })])
    return [undisturbed.good < undisturbed.total, verdict.verdict]
  }
  expect(slow(() => 0)).toEqual([false, 'FAIL'])
  expect(slow((tick) => (tick >= 200 && tick < 300 ? 0.8 : 0))).toEqual([true, 'FAIL'])
})

test('a watch tells of its time, and of what others took; its work is answered or thrown as it is', async () => {
  const proportions: (readonly [string, number, number])[] = []
  const counts: (readonly number[])[] = []
  const pen = {
    proportion: (name: string, good: number, total: number) => void proportions.push([name, good, total]),
    count: (_name: string, _unit: string, _value: number, _overS: number, perSecond: readonly number[] = []) =>
      void counts.push(perSecond),
  }
  // Nothing lives below it: whatever is done meanwhile is done by others.
  const stranger = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'ignore' })
  const measuring = watchDisturbance(stranger.pid ?? 0, pen)
  const busy = async (): Promise<string> => {
    const untilMs = performance.now() + 1_100
    while (performance.now() < untilMs) Math.sqrt(untilMs)
    await delay(0)
    return 'done'
  }
  expect(await measuring(busy)).toBe('done')
  await expect(measuring(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  stranger.kill('SIGKILL')
  expect(proportions[0]).toEqual([undisturbedName, expect.any(Number), expect.any(Number)])
  expect(proportions[0]?.[2]).toBeGreaterThan(1_000)
  expect(Math.max(...(counts[0] ?? []))).toBeGreaterThan(0.2)
  expect(proportions).toHaveLength(2)
})
