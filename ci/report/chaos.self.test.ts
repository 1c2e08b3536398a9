import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readRunFiles, type RunFiles } from '../../suites/evidence/stored.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { viewDigest } from '../../suites/contract/view-digest.ts'
import { writeSampleRun } from '../bundle/sample-run.ts'
import { fault } from '../verdict/sample-evidence.ts'
import { chaosResultFiles, renderChaos } from './chaos-results.ts'
import { worstCourse } from './fault-course.ts'
import { readFaultJournal } from './fault-journal.ts'
import { repeatsOf } from './fault-repeats.ts'
import { readReport } from './model.ts'
import type { TimedSeries } from './timed-series.ts'

type Struck = {
  readonly fault: string
  readonly atMs: number
  readonly lastsMs: number
  /** When the runner looked for what is left. */
  readonly goneMs: number
}
/** Crashes last until 5 s of steady state have been seen; partitions end first. */
const crashes: readonly Struck[] = [1.5, 2.25].map((recoveryS, index) => {
  const lastsMs = 1_000 * recoveryS + 5_010
  return { fault: 'crash', atMs: 1_000 + 20_000 * index, lastsMs, goneMs: lastsMs + 40 }
})
const partitions: readonly Struck[] = [0.4, 0.1, 0.3].map((recoveryS, index) => ({
  fault: 'partition',
  atMs: 100_000 + 20_000 * index,
  lastsMs: 5_900,
  goneMs: 5_900 + 1_000 * recoveryS + 5_010,
}))

const journal = [...crashes, ...partitions].flatMap(({ fault: name, atMs, lastsMs, goneMs }) =>
  [
    ['intent', -20],
    ['armed', -12],
    ['injected', 3],
    ['effect', 200],
    ['undone', lastsMs + 2],
    ['gone', goneMs],
  ].map(([step, sinceMs]) => JSON.stringify({ step, fault: name, atMs: atMs + Number(sinceMs), detail: '' })),
)

function strike(observe: Observe, struck: Struck, index: number, residue: readonly string[] = []): void {
  const { fault: name, atMs, lastsMs } = struck
  observe.fault(
    fault({
      fault: name,
      scope: { plan: `${name} ${index}` },
      injectedAtMs: atMs,
      effectProvenAtMs: atMs + 200,
      undoneAtMs: atMs + lastsMs,
      residue: [...residue],
    }),
  )
  const effect = { claim: 'fault effect', measured: 0, limit: 0, unit: 'faults without effect', noise: false } as const
  observe.premise({ ...effect, detail: `none of ${index} | <b>passes</b>` })
}

function whole({ history }: Observe): void {
  history('views-converged', { type: 'alive', node: 'a' })
  history('views-converged', {
    type: 'view',
    node: 'a',
    state: 'up',
    viewSize: 1,
    viewDigest: viewDigest(['a']),
    linksUp: [],
  })
}

function crashed(observe: Observe): void {
  for (const [index, struck] of crashes.entries()) {
    strike(observe, struck, index)
    observe.measure('detection', 's', 0.5, 0.009)
    observe.measure('recovery', 's', (struck.lastsMs - 5_010) / 1_000, index === 1 ? 0.032 : 0.01)
    observe.measure('first success', 's', 1, 0.001)
  }
  whole(observe)
}

function parted(observe: Observe): void {
  for (const [index, struck] of partitions.entries()) {
    strike(observe, struck, index, index === 2 ? ['node-7 is still down'] : [])
    observe.measure('detection', 's', index === 1 ? null : 0.7)
    observe.measure('recovery', 's', (struck.goneMs - struck.lastsMs - 5_010) / 1_000, 0.01)
    observe.measure('first success', 's', 0.05, 0.001)
  }
  whole(observe)
}

let root = ''
let files: RunFiles = new Map()
let results = ''
let made: ReadonlyMap<string, string> = new Map()
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'meshcert-chaos-report-'))
  await writeSampleRun(root, {
    rows: [
      { requirement: 'CHAOS-NODE-1', tier: 'processes', draw: crashed },
      { requirement: 'CHAOS-NODE-1', tier: 'simulation', draw: whole },
      { requirement: 'CHAOS-NET-1', tier: 'processes', draw: parted },
      { requirement: 'SLA-MAPEK', tier: 'processes', draw: () => undefined },
    ],
  })
  await writeFile(join(root, 'faults.ndjson'), `${journal.join('\n')}\n`)
  files = await readRunFiles(root)
  results = renderChaos(readReport(files))
  made = chaosResultFiles('chaos-here', results)
})
afterAll(() => rm(root, { recursive: true, force: true }))

const pageOf = (): string => made.get('chaos-here.md') ?? ''
const lineOf = (start: string): string =>
  pageOf()
    .split('\n')
    .find((line) => line.startsWith(start)) ?? ''

test('a page and its drawings come of a run, the same bytes each time', () => {
  expect([...made.keys()]).toEqual([
    'chaos-here.md',
    'chaos-here-recovery.svg',
    'chaos-here-timeline-net.svg',
    'chaos-here-timeline-node.svg',
  ])
  expect(renderChaos(readReport(files))).toBe(results)
  expect([...chaosResultFiles('chaos-here', results)]).toEqual([...made])
  expect(() => chaosResultFiles('chaos', '{"schema":"other"}')).toThrow('schema')
  for (const [name, text] of made) expect(text, name).not.toMatch(/NaN|undefined|Infinity/)
})

test('each row stands beside itself in the other worlds, with what the judge said', () => {
  expect(lineOf('| CHAOS-NODE-1 | one random')).toBe(
    '| CHAOS-NODE-1 | one random node crashes | **INCONCLUSIVE** (n = 0) | PASS, largest 2.250 s (n = 2) | – | **no** |',
  )
  expect(lineOf('| CHAOS-NET-1 | half')).toMatch(
    /\| – \| \*\*INCONCLUSIVE\*\*, largest 0.400 s \(n = 0\) \| – \| one tier \|$/,
  )
  expect(pageOf()).not.toContain('SLA-MAPEK')
})

test('every time is told apart: median, bounds, p95, largest, and who never got there', () => {
  expect(lineOf('| CHAOS-NET-1 | processes | detection')).toBe(
    '| CHAOS-NET-1 | processes | detection | 3 | 1 | 0.700 | – | 0.700 | 0.700 | – | – |',
  )
  expect(lineOf('| CHAOS-NET-1 | processes | recovery')).toBe(
    '| CHAOS-NET-1 | processes | recovery | 3 | 0 | 0.300 | – | 0.400 | 0.400 | 0.010 | 5.000 |',
  )
  expect(lineOf('| CHAOS-NODE-1 | processes | recovery')).toMatch(/\| 0\.032 \| 5\.000 \|$/)
  expect(pageOf()).toContain('asked for as often as 10 ms take')
  const untold = results.replaceAll(/"resolutionS":[^,]+,/g, '')
  expect(chaosResultFiles('chaos-here', untold).get('chaos-here.md')).toContain('asked every 50 ms')
})

test('the slowest repeat is drawn: a recovery counts from the crash, or from the end of a partition', () => {
  expect(lineOf('| CHAOS-NODE-1 | processes | crash |')).toBe(
    '| CHAOS-NODE-1 | processes | crash | 2 of 2 | -0.012 | 0.200 | 7.260 | 0.500 | 0.000 | 1.000 | 2.250 |',
  )
  // One detection is missing, and the records do not tell whose.
  expect(lineOf('| CHAOS-NET-1 | processes | partition |')).toBe(
    '| CHAOS-NET-1 | processes | partition | 1 of 3 | -0.012 | 0.200 | 5.900 | – | 5.900 | 0.050 | 0.400 |',
  )
  const drawn = made.get('chaos-here-timeline-node.svg') ?? ''
  expect(drawn).toMatch(/^<svg xmlns="[^"]+"[^>]*>\n<style>/)
  for (const kind of ['fault', 'armed', 'wait', 'held', 'limit']) expect(drawn).toContain(`class="${kind}"`)
  expect(made.get('chaos-here-recovery.svg')).toContain(
    'aria-label="5 times of 2 rows: the slowest took 2.25 s; 0 never ended"',
  )
})

test('what proved a fault, what it left and how to do it again stand beside the verdict; no text of a run is markup', () => {
  const line = lineOf('| CHAOS-NET-1 | processes | **INCONCLUSIVE** |')
  expect(line).toContain(
    '| partition by process: 3 of 3 | none of 0 \\| \\<b\\>passes\\</b\\> | node-7 is still down |',
  )
  expect(line).toMatch(/\| – \| `npx meshcert replay sample --only CHAOS-NET-1` \|$/)
  expect(lineOf('| CHAOS-NODE-1 | processes | PASS |')).toContain('| none of 1 \\| \\<b\\>passes\\</b\\> | nothing |')
})

const series = (name: string, values: number[], own: Partial<TimedSeries> = {}): TimedSeries => ({
  name,
  values,
  censored: 0,
  limitS: null,
  ...own,
})
const noJournal = readFaultJournal(new Map())

test('faults that one drew in are one repeat; where one never recovered, it is the last that is drawn', () => {
  const at = (injectedAtMs: number, seed: string) =>
    fault({ injectedAtMs, scope: { plan: 'alike', seed }, undoneAtMs: null })
  const repeats = repeatsOf([at(10, 'one'), at(2_500, 'two'), at(1_000, 'two')])
  expect(repeats.map((repeat) => repeat.length)).toEqual([1, 2])
  const recovery = series('recovery', [3], { censored: 1, limitS: 5 })
  expect(worstCourse(repeats, [series('detection', [0.5, 0.6]), recovery], noJournal)).toMatchObject({
    repeat: 1,
    of: 2,
    detectedS: 0.6,
    undoneS: null,
    recoveryS: null,
  })
  expect(worstCourse([], [recovery], noJournal)).toBeNull()
  expect(worstCourse(repeats, [], noJournal)).toBeNull()
  expect(worstCourse(repeats, [series('recovery', [1, 2, 3], { limitS: 5 })], noJournal)).toBeNull()
})

test('without a journal nobody knows from where a recovery counts, and a torn one is refused', () => {
  const recovery = series('recovery', [1, 4], { limitS: 5 })
  const course = worstCourse(repeatsOf([fault(), fault()]), [recovery], noJournal)
  expect(course).toMatchObject({ repeat: 1, armedS: null, fromS: null, recoveryS: 4 })
  expect(() => readFaultJournal(new Map([['faults.ndjson', new TextEncoder().encode('{"step":')]]))).toThrow('line 1')
})
