import { median } from '../../../suites/evidence/median.ts'
import type { Verdict } from '../../../suites/evidence/verdict.ts'
import { lowerShare } from '../../statistics/clopper-pearson.ts'
import { quantileRanks, sampleQuantile } from '../../statistics/quantile.ts'
import { counted, figure, percent } from '../figures.ts'
import { eachPart, fail, inconclusive, missing, pass, type Case } from '../finding.ts'
import { named, type ObservationOf } from '../pool.ts'

/** Bounds of the median by order statistics, where there are runs enough for them. */
export function medianInterval(values: readonly number[], confidence: number): [number, number] | null {
  const sorted = values.toSorted((a, b) => a - b)
  const { lower, upper } = quantileRanks(sorted.length, 0.5, confidence)
  const [from, to] = [sorted[(lower ?? 0) - 1], sorted[(upper ?? 0) - 1]]
  return from === undefined || to === undefined ? null : [from, to]
}

/** Faults of the part that a series measures: those of another part prove nothing for this one. */
function provenFor(name: string, { id, pooled }: Case<'recovery'>): number {
  const part = name === id ? undefined : name.slice(id.length + 1)
  return pooled.faults.filter((fault) => fault.part === part && fault.effectProvenAtMs !== null).length
}

/** How exactly the times are known: a run is judged by the longest that it can have taken. Null unless each says so. */
function knownTo({ values, resolutions = [] }: ObservationOf<'series'>): string | null {
  if (resolutions.length !== values.length) return null
  return `known to ${figure(1_000 * Math.max(0, ...resolutions))} ms or better`
}

function judgeRuns(series: ObservationOf<'series'>, given: Case<'recovery'>): Verdict {
  const { name, values, censored, unit } = series
  const { id, objective, confidence, repeatsExpected } = given
  const n = values.length + censored
  if (n === 0) return inconclusive(`no run of ${id} was recorded`)
  if (unit !== objective.unit) return inconclusive(`${id} was measured in ${unit}, its limit is in ${objective.unit}`)
  const max = Math.max(...values)
  const numbers: Partial<Verdict> = {
    n,
    observed: censored > 0 || values.length === 0 ? null : max,
    limit: objective.limit,
    unit,
    interval: medianInterval(values, confidence),
  }
  if (censored > 0) return fail(`${figure(censored)} of ${counted(n, 'run')} never recovered`, numbers)
  const slow = values.findIndex((value) => value >= objective.limit)
  const course = `median ${figure(median(values) ?? Number.NaN)} s, p95 ${figure(sampleQuantile(values, 0.95) ?? Number.NaN)} s, maximum ${figure(max)} s`
  if (slow >= 0) {
    return fail(
      `run ${slow + 1} of ${figure(n)} took ${figure(values[slow] ?? max)} s, the limit is ${figure(objective.limit)} s; ${course}`,
      numbers,
    )
  }
  const exactly = knownTo(series)
  if (exactly === null)
    return inconclusive(
      `${counted(n, 'run')}, of which ${figure(series.resolutions?.length ?? 0)} say how exactly their time is known: observe.measure() takes the resolution after the value`,
      numbers,
    )
  const proven = provenFor(name, given)
  if (proven < n)
    return inconclusive(
      `${counted(n, 'run')} but ${counted(proven, 'proven fault')}: recovery from nothing proves nothing`,
      numbers,
    )
  if (n < repeatsExpected)
    return inconclusive(`${counted(n, 'run')} of the ${figure(repeatsExpected)} planned; ${course}`, numbers)
  const bound = `${figure(n)} of ${figure(n)} in time bound the share at ${percent(lowerShare(n, n, confidence))} or more`
  const held = `limit ${figure(objective.limit)} s; ${exactly}; ${bound} at ${percent(confidence)} confidence`
  return pass(`${course}, ${held}`, numbers)
}

/**
 * Any run at or over the limit is FAIL, and so is one that never recovered; too few runs decide nothing, nor do times of which
 * nobody says how exactly they are known. What is known badly counts as the longest that it can have been.
 */
export function judgeRecovery(given: Case<'recovery'>): Verdict {
  const parts = named(given.pooled.series, given.id)
  if (parts.length === 0) return missing(given, 'series')
  return eachPart(given.id, parts, (series) => judgeRuns(series, given))
}

/** The slowest run: a limit must lie above it. */
export function tightestRecovery({ id, pooled }: Case<'recovery'>): number | null {
  const parts = named(pooled.series, id)
  if (parts.length === 0 || parts.some(({ values, censored }) => censored > 0 || values.length === 0)) return null
  return Math.max(...parts.flatMap(({ values }) => values))
}
