/**
 * From what k6 left behind to observations: raw samples, summary and end. Nothing is judged here.
 * What k6 thought of its thresholds and its exit code are facts beside the samples.
 */
import { sla } from '../../sla.config.ts'
import { scheduleLagPremise } from '../../suites/evidence/open-model.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import type { Load } from '../../k6/shapes.ts'
import { metricNames } from '../../k6/thresholds.ts'
import { readSamples, type K6End, type K6Sample, type K6Summary } from './k6-samples.ts'

export type K6Outcome = {
  readonly load: Load
  /** Minutes of one judged window; undefined where the promise holds over the whole stretch. */
  readonly windowMin: number | undefined
  readonly samplesFile: string
  readonly summary: K6Summary
  readonly end: K6End
}

/** What k6 says when it ran to its end, with or without crossed thresholds; everything else is no measurement. */
const ranToItsEnd = [0, 99]

type Sums = { samples: number; finished: number; readonly lags: number[] }

/** Records everything. Returns why the record is not complete, null if it is. */
export async function observeK6(observe: Observe, outcome: K6Outcome): Promise<string | null> {
  const { load, summary, end } = outcome
  const sums: Sums = { samples: 0, finished: 0, lags: [] }
  const nameOf = namer(outcome)
  for await (const sample of readSamples(outcome.samplesFile)) observeSample(observe, sums, sample, nameOf)
  observeEnd(observe, summary, end)
  const lags = sums.lags.map((lag) => ({ scheduledAtMs: 0, sentAtMs: lag }))
  const lag = scheduleLagPremise(lags, load.objective.limit)
  const priority = end.realTime ? 'real-time priority' : 'no priority over the target'
  observe.premise({ ...lag, detail: `${lags.length} sends by a generator with ${priority}` })
  observePremises(observe, load, summary, sums)
  return incompleteness(summary, end, sums)
}

/** A promise that holds in every window is judged window by window: `id:1`, `id:2`, … A remainder belongs to the last whole one. */
function namer({ load, windowMin }: K6Outcome): (name: string, atMs: number) => string {
  const windows = windowMin === undefined ? 0 : Math.floor(load.seconds / (windowMin * 60))
  if (windowMin === undefined || windows < 2) return (name) => name
  let firstMs: number | undefined
  return (name, atMs) => {
    firstMs ??= atMs
    const window = Math.min(windows, 1 + Math.floor((atMs - firstMs) / (windowMin * 60_000)))
    return name === load.objectiveId ? `${name}:${window}` : name
  }
}

function observeSample(
  observe: Observe,
  sums: Sums,
  { metric, value, tags, atMs }: K6Sample,
  nameOf: (name: string, atMs: number) => string,
): void {
  const name = tags['name'] ?? 'unnamed'
  if (metric === metricNames.duration) observe.duration(nameOf(name, atMs), value)
  else if (metric === metricNames.lag) sums.lags.push(value)
  else if (metric === metricNames.check) observe.check(name, value === 1, tags['seen'] ?? 'no more was said')
  else if (metric === metricNames.failure) observe.failure(tags['definite'] === 'true')
  else if (metric === metricNames.samples) sums.samples += value
  else if (metric === metricNames.finished) sums.finished += value
}

const valueOf = (summary: K6Summary, metric: string, key: string): number | null =>
  summary.metrics[metric]?.values[key] ?? null

function observeEnd(observe: Observe, summary: K6Summary, end: K6End): void {
  const crossed = Object.values(summary.metrics)
    .flatMap(({ thresholds }) => Object.values(thresholds ?? {}))
    .filter(({ ok }) => !ok)
  observe.count('k6 exit code', 'code', end.exitCode, end.wallS)
  observe.count('k6 thresholds crossed', 'thresholds', crossed.length, end.wallS)
  observe.count('k6 CPU', 's', end.cpuS, end.wallS)
  observe.count('k6 memory', 'KiB', end.maxRssKiB, end.wallS)
}

function observePremises(observe: Observe, load: Load, summary: K6Summary, sums: Sums): void {
  const dropped = valueOf(summary, 'dropped_iterations', 'count') ?? load.planned
  observe.premise({
    claim: 'dropped iterations',
    // An arrival that never came to its end is in no sample, whatever k6 calls it.
    measured: Math.max(dropped, load.planned - sums.finished),
    limit: sla.premises.droppedIterations,
    unit: 'iterations',
    noise: true,
    detail: `${load.planned} planned, ${sums.finished} finished, ${dropped} dropped by k6, ${load.vus} users`,
  })
  observe.premise({
    claim: 'generator headroom',
    // No reading is no headroom: teardown did not run.
    measured: valueOf(summary, metricNames.cores, 'value') ?? Number.MAX_VALUE,
    limit: sla.premises.generatorCores,
    unit: 'cores',
    noise: true,
    detail: `user and system time of k6 between setup and teardown`,
  })
}

function incompleteness(summary: K6Summary, end: K6End, sums: Sums): string | null {
  if (!ranToItsEnd.includes(end.exitCode)) return `k6 ended with ${end.exitCode}`
  const iterations = valueOf(summary, 'iterations', 'count') ?? 0
  if (iterations === 0) return 'k6 ran no iteration'
  const thrown = iterations - sums.finished
  if (thrown > 0) return `${thrown} of ${iterations} iterations ended with an exception`
  const told = valueOf(summary, metricNames.samples, 'count') ?? 0
  return told === sums.samples ? null : `k6 counted ${told} samples, its raw output holds ${sums.samples}`
}
