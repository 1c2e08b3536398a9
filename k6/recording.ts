/** The pen of a scenario: everything it observes becomes a raw sample, from which the runner makes evidence. */
import exec from 'k6/execution'
import { sleep } from 'k6'
import { Counter, Gauge, Rate, Trend } from 'k6/metrics'
import { cpuSeconds, nowMs, scenarioStartMs } from 'k6/x/meshcert'
import { environment } from './environment.ts'
import { dueAfterMs } from './schedule.ts'
import type { Load } from './schedule.ts'
import { limitTag, metricNames } from './thresholds.ts'

const duration = new Trend(metricNames.duration, true)
const within = new Rate(metricNames.within)
const samples = new Counter(metricNames.samples)
const started = new Trend(metricNames.started, true)
const checks = new Rate(metricNames.check)
const failures = new Counter(metricNames.failure)
const losses = new Counter(metricNames.lost)
const settlements = new Trend(metricNames.settled)
const finished = new Counter(metricNames.finished)
const arrivals = new Trend(metricNames.arrival)
const starts = new Trend(metricNames.scenarioStart)
const units = new Counter(metricNames.units)
const cores = new Gauge(metricNames.cores)

const longestQuote = 160

/** Once for each user: its own JavaScript world begins with its first arrival. */
let startTold = false

/**
 * The instant at which this iteration was due; when it did start is recorded. k6's own latencies
 * start at the actual send; a generator that is late would make the target look fast.
 */
export function arrival(load: Load): { readonly index: number; readonly scheduledAtMs: number } {
  const startedAtMs = nowMs()
  const index = exec.scenario.iterationInTest
  const startMs = scenarioStartMs()
  const scheduledAtMs = startMs + dueAfterMs(load, index)
  // Every raw sample of this iteration tells to which arrival it belongs; a tag would make a time series of each.
  exec.vu.metrics.metadata['arrival'] = String(index)
  arrivals.add(index)
  if (!startTold) starts.add(startMs)
  startTold = true
  started.add(startedAtMs - startMs)
  return { index, scheduledAtMs }
}

/** One sample of the judged quantity. What never came is recorded with its patience and is not within. */
export function sample(load: Load, ms: number | null): void {
  const { limit } = load.objective
  const tags = { [limitTag]: String(limit) }
  duration.add(ms ?? load.patienceMs, { name: load.objectiveId })
  within.add(ms !== null && ms <= limit, tags)
  samples.add(1, tags)
}

/** A further duration, shown in the evidence, not judged. */
export function fact(name: string, ms: number): void {
  duration.add(ms, { name })
}

export function check(name: string, holds: boolean, seen: () => string): void {
  checks.add(holds, holds ? { name } : { name, seen: seen().slice(0, longestQuote) })
}

/**
 * Records a failed request, the `nth` of its arrival; true when it is definite: the target said that it did not happen.
 * Everything else may have happened. A refusal is told apart: the target has no room now and says when to come again.
 */
export function failure(
  status: number,
  { retryAfter, nth = 1 }: { readonly retryAfter: boolean; readonly nth?: number },
): boolean {
  const refused = retryAfter && (status === 429 || status === 503)
  const definite = (status >= 400 && status < 500) || refused
  failures.add(1, { definite: String(definite), refused: String(refused), nth: String(nth) })
  return definite
}

/** The load is over and nothing is waited for any more; `lost` were taken in and never came to their end. */
export function settled(lost: number): void {
  settlements.add(nowMs())
  losses.add(lost)
}

/** Counts one for a throughput promise at `atMs` after the start of a stretch of `ofS` whole seconds; what ends outside is not counted. */
export function unit(name: string, atMs: number, ofS: number): void {
  const second = Math.floor(atMs / 1_000)
  if (second >= 0 && second < ofS) units.add(1, { name, second: String(second), of: String(ofS) })
}

export const finish = (): void => finished.add(1)

/** Last step of setup: waits for the instant at which all generators of the load start. One that comes too late starts at once, and its start tells so. */
export function awaitStart(): void {
  const startAtMs = environment.startAtMs()
  if (startAtMs !== null && startAtMs > nowMs()) sleep((startAtMs - nowMs()) / 1_000)
}

/** Start of the measured stretch; setup hands it to teardown. */
export const beginMeter = () => ({ cpuS: cpuSeconds(), atMs: nowMs() })
export type Meter = ReturnType<typeof beginMeter>

export function endMeter(begin: Meter): void {
  cores.add((cpuSeconds() - begin.cpuS) / ((nowMs() - begin.atMs) / 1_000))
}
