import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sla } from '../../sla.config.ts'
import { createRecorder } from '../../suites/evidence/recorder.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import type { Evidence, Premise } from '../../suites/evidence/record.ts'
import { loadOf } from '../../k6/shapes.ts'
import { dueAfterMs, type Load } from '../../k6/schedule.ts'
import { limitTag, metricNames, thresholdsOf } from '../../k6/thresholds.ts'
import { observeK6, type K6Outcome } from './k6-evidence.ts'
import { mergeLive } from './k6-live.ts'
import { sampleScope } from '../verdict/sample-plan.ts'

let room = ''
beforeAll(() => {
  room = mkdtempSync(join(tmpdir(), 'meshcert-k6-evidence-'))
})
afterAll(() => rmSync(room, { recursive: true, force: true }))

/** One second of the steady shape: 83 arrivals. */
const load = loadOf('events-steady', 'gate', 1 / 8)
const startMs = Date.parse('2026-11-20T12:00:00Z')

type Raw = {
  readonly metric: string
  readonly value: number
  readonly tags?: Record<string, string>
  readonly atMs?: number
  readonly arrival?: number
}

const line = ({ metric, value, tags = {}, atMs = startMs, arrival }: Raw): string => {
  const metadata = arrival === undefined ? {} : { metadata: { arrival: String(arrival) } }
  return JSON.stringify({
    metric,
    type: 'Point',
    data: { time: new Date(atMs).toISOString(), value, tags, ...metadata },
  })
}

/** What a run leaves behind in which every arrival took 5 ms and left 1 ms late. */
function goodSamples(count = load.planned, everyMs = 12): Raw[] {
  return Array.from({ length: count }, (_, index) => startMs + index * everyMs).flatMap((atMs, arrival) => [
    { metric: metricNames.started, value: dueAfterMs(load, arrival) + 1, atMs, arrival },
    { metric: metricNames.duration, value: 5, tags: { name: load.objectiveId }, atMs },
    { metric: metricNames.samples, value: 1, tags: { [limitTag]: '200' }, atMs },
    { metric: metricNames.check, value: 1, tags: { name: 'event is accepted' }, atMs },
    { metric: metricNames.finished, value: 1, atMs },
  ])
}

const goodSummary = (count = load.planned): K6Outcome['shards'][number]['summary'] => ({
  metrics: {
    dropped_iterations: { values: { count: 0 }, thresholds: { 'count==0': { ok: true } } },
    iterations: { values: { count } },
    [metricNames.samples]: { values: { count } },
    [metricNames.cores]: { values: { value: 0.2 } },
  },
})
const end = { exitCode: 0, signal: '', timedOut: false, cpuS: 1, wallS: 2, maxRssKiB: 100_000, realTime: false }

const silent: Observe = {
  duration: () => undefined,
  count: () => undefined,
  proportion: () => undefined,
  measure: () => undefined,
  check: () => undefined,
  history: () => undefined,
  file: () => undefined,
  premise: () => undefined,
  fault: () => undefined,
  failure: () => undefined,
}

let records = 0
type Shard = K6Outcome['shards'][number]
type Change = Partial<Pick<K6Outcome, 'load' | 'windowMin'> & Shard>

async function observed(raw: readonly Raw[], change: Change = {}): Promise<Evidence> {
  records += 1
  const written = join(room, `${records}.json.gz`)
  writeFileSync(written, gzipSync(`${raw.map(line).join('\n')}\n`))
  const recorder = createRecorder({
    directory: join(room, String(records)),
    requirement: 'EVT-STEADY',
    ...sampleScope,
  })
  const { summary = goodSummary(), end: ended = end, samplesFile = written, ...rest } = change
  const live = mergeLive({ generators: 1, name: load.objectiveId, startAtMs: null }, () => undefined)
  const outcome = {
    load,
    windowMin: undefined,
    shards: [{ samplesFile, summary, end: ended }],
    live,
    machineCores: 2,
    ...rest,
  }
  const incomplete = await observeK6(recorder.observe, outcome)
  return recorder.finish({ tookMs: 1, aborted: incomplete?.why ?? null, notApplicable: null, eventLogHashes: [] })
}

const premise = (evidence: Evidence, claim: string) => evidence.premises.find((found) => found.claim === claim)
const isBroken = (evidence: Evidence, claim: string): boolean => {
  const { measured, limit } = premise(evidence, claim)!
  return measured > limit
}
const histograms = (evidence: Evidence) =>
  evidence.observations.flatMap((seen) => (seen.type === 'histogram' ? [{ name: seen.name, n: seen.n }] : []))

test('a run in order is complete and breaks no premise', async () => {
  const evidence = await observed(goodSamples())
  expect(evidence.aborted).toBeNull()
  expect(evidence.premises.filter(({ measured, limit }) => measured > limit)).toEqual([])
  expect(histograms(evidence)).toEqual([{ name: 'event-latency-steady', n: load.planned }])
  expect(premise(evidence, 'schedule lag p99')).toMatchObject({ measured: expect.closeTo(1), limit: 20 })
})

test('units of a rate are counted second by second, and a second without any counts as one', async () => {
  const unit = (second: number): Raw => ({
    metric: metricNames.units,
    value: 1,
    tags: { name: 'identity-rate', second: String(second), of: '3' },
  })
  const evidence = await observed([...goodSamples(), unit(0), unit(2), unit(2)])
  expect(evidence.observations).toContainEqual({
    type: 'counter',
    name: 'identity-rate',
    unit: '1',
    value: 3,
    overS: 3,
    perSecond: [1, 0, 2],
  })
})

test('dropped iterations break their premise', async () => {
  const summary = goodSummary()
  summary.metrics['dropped_iterations'] = { values: { count: 3 } }
  expect(premise(await observed(goodSamples(), { summary }), 'dropped iterations')).toMatchObject({
    measured: 3,
    limit: 0,
  })
})

test('an arrival that never came to its end counts as dropped, whatever k6 says', async () => {
  const count = load.planned - 2
  const evidence = await observed(goodSamples(count), { summary: goodSummary(count) })
  expect(premise(evidence, 'dropped iterations')).toMatchObject({ measured: 2 })
})

test('a late generator breaks its premise', async () => {
  const late = goodSamples().map((raw) =>
    raw.metric === metricNames.started ? { ...raw, value: raw.value + 24 } : raw,
  )
  expect(isBroken(await observed(late), 'schedule lag p99')).toBe(true)
})

test('a busy generator breaks its premise, and so does one that was not measured', async () => {
  const busy = goodSummary()
  busy.metrics[metricNames.cores] = { values: { value: 0.9 } }
  expect(isBroken(await observed(goodSamples(), { summary: busy }), 'generator headroom')).toBe(true)
  const silent = goodSummary()
  delete silent.metrics[metricNames.cores]
  expect(isBroken(await observed(goodSamples(), { summary: silent }), 'generator headroom')).toBe(true)
})

test('without a single sample nothing is complete and nothing looks on time', async () => {
  const evidence = await observed([], { summary: goodSummary(0) })
  expect(evidence.aborted).toBe('k6 ran no iteration')
  expect(isBroken(evidence, 'schedule lag p99')).toBe(true)
  expect(isBroken(evidence, 'dropped iterations')).toBe(true)
})

test.each<[string, Change, RegExp]>([
  ['an exit code that is no measurement', { end: { ...end, exitCode: 107 } }, /k6 ended with 107/],
  ['iterations that threw', { summary: goodSummary(load.planned + 5) }, /5 of 88 iterations ended with an exception/],
  [
    'raw samples that were lost',
    { summary: { metrics: { ...goodSummary().metrics, [metricNames.samples]: { values: { count: 90 } } } } },
    /k6 counted 90 samples, its raw output holds 83/,
  ],
])('%s end the record as not complete', async (_, change, reason) => {
  expect((await observed(goodSamples(), change)).aborted).toMatch(reason)
})

test('crossed thresholds and exit code 99 are facts, not an end', async () => {
  const summary = goodSummary()
  summary.metrics['dropped_iterations'] = { values: { count: 0 }, thresholds: { 'count==0': { ok: false } } }
  const evidence = await observed(goodSamples(), { summary, end: { ...end, exitCode: 99 } })
  expect(evidence.aborted).toBeNull()
  expect(evidence.observations).toContainEqual(expect.objectContaining({ name: 'k6 exit code', value: 99 }))
  expect(evidence.observations).toContainEqual(expect.objectContaining({ name: 'k6 thresholds crossed', value: 1 }))
})

test('raw output that is cut short is an error, not fewer samples', async () => {
  const samplesFile = join(room, 'cut.json.gz')
  const whole = gzipSync(goodSamples().map(line).join('\n'))
  writeFileSync(samplesFile, whole.subarray(0, whole.length - 40))
  await expect(observed(goodSamples(), { samplesFile })).rejects.toThrow(/unexpected end of file/)
})

test('a failed check says what was seen, a failure whether it is definite', async () => {
  const evidence = await observed([
    ...goodSamples(),
    { metric: metricNames.check, value: 0, tags: { name: 'alert arrives', seen: 'x-1: no alert' } },
    { metric: metricNames.failure, value: 1, tags: { definite: 'true' } },
    { metric: metricNames.failure, value: 1, tags: { definite: 'false' } },
  ])
  const failed = [{ check: 'alert arrives', seen: 'x-1: no alert' }]
  expect(evidence.observations).toContainEqual(expect.objectContaining({ type: 'checks', failed }))
  expect(evidence.failures).toEqual({ definite: 1, indefinite: 1 })
})

test('a promise for every window is recorded window by window; the remainder belongs to the last one', async () => {
  const long: Load = { ...load, seconds: 11 * 60 }
  const change = { load: long, windowMin: 5, summary: goodSummary(110) }
  const evidence = await observed(goodSamples(110, 6_000), change)
  expect(evidence.observations).toContainEqual(
    expect.objectContaining({ name: 'event-latency-steady:2', within: expect.objectContaining({ '200': 60 }) }),
  )
  expect(histograms(evidence)).toEqual([
    { name: 'event-latency-steady:1', n: 50 },
    { name: 'event-latency-steady:2', n: 60 },
  ])
})

test('thresholds follow the promise: limit and quantile are in them, and so are the floors', () => {
  const stated = thresholdsOf(load, { sampleShare: 1, maxGeneratorCores: 0.8 })
  expect(stated).toMatchObject({
    [`mc_within{${limitTag}:200}`]: ['rate>=0.95'],
    [`mc_samples{${limitTag}:200}`]: ['count>=83'],
    mc_finished: ['count>=83'],
    dropped_iterations: ['count==0'],
  })
  const objectives = {
    ...sla.objectives,
    'event-latency-steady': { ...sla.objectives['event-latency-steady'], limit: 1 },
  }
  const changed = loadOf('events-steady', 'gate', 1 / 8, { ...sla, objectives })
  const thresholds = thresholdsOf(changed, { sampleShare: 0.5, maxGeneratorCores: 0.8 })
  expect(Object.keys(thresholds)).toContain(`mc_within{${limitTag}:1}`)
  expect(Object.keys(thresholds)).not.toContain(`mc_within{${limitTag}:200}`)
  expect(thresholds[`mc_samples{${limitTag}:1}`]).toEqual(['count>=41'])
})

test('users are enough for every arrival to take all of its patience', () => {
  for (const shape of ['events-steady', 'events-peak', 'events-burst', 'beacon-batches'] as const) {
    const { vus, perMinute, patienceMs, objective } = loadOf(shape, 'gate')
    expect(vus).toBeGreaterThanOrEqual((perMinute / 60) * (patienceMs / 1_000))
    expect(patienceMs).toBeGreaterThanOrEqual(3 * objective.limit)
  }
})

/** What several generators left behind that each offered the same good arrivals, with one change each. */
async function together(changes: readonly { readonly cores?: number; readonly exitCode?: number }[], machineCores = 2) {
  const premises: Premise[] = []
  const observe = { ...silent, premise: (premise: Premise) => void premises.push(premise) }
  const shards = changes.map(({ cores = 0.2, exitCode = 0 }, index) => {
    const samplesFile = join(room, `together-${index}.json.gz`)
    writeFileSync(samplesFile, gzipSync(`${goodSamples().map(line).join('\n')}\n`))
    const summary = goodSummary()
    summary.metrics[metricNames.cores] = { values: { value: cores } }
    return { samplesFile, summary, end: { ...end, exitCode } }
  })
  const live = mergeLive({ generators: shards.length, name: load.objectiveId, startAtMs: null }, () => undefined)
  const incomplete = await observeK6(observe, { load, windowMin: undefined, shards, live, machineCores })
  return { incomplete, headroom: premises.filter(({ claim }) => claim === 'generator headroom') }
}

test('of several generators the one that is incomplete is told, so that its log can be quoted', async () => {
  const { incomplete } = await together([{}, { exitCode: 107 }])
  expect(incomplete).toEqual({ why: 'k6 ended with 107', shard: 1 })
  expect((await together([{}, {}])).incomplete).toBeNull()
})

test('several generators share the machine: together they may not use it up, though each has room', async () => {
  const busy = ({ headroom }: Awaited<ReturnType<typeof together>>) =>
    headroom.map(({ measured, limit }) => measured > limit)
  expect(busy(await together([{ cores: 0.5 }, { cores: 0.5 }]))).toEqual([false, false])
  expect(busy(await together([0.5, 0.5, 0.5, 0.5].map((cores) => ({ cores }))))).toEqual([false, true])
  expect(
    busy(
      await together(
        [0.5, 0.5, 0.5, 0.5].map((cores) => ({ cores })),
        4,
      ),
    ),
  ).toEqual([false, false])
  expect(busy(await together([{ cores: 0.9 }, { cores: 0.1 }]))).toEqual([true, false])
})
