import type { ScaleRun } from '../evidence/scale-run.ts'

/** What a growing mesh must keep; beyond one of them it has reached its limit. */
export type ScaleLimits = {
  readonly latencyMs: number
  readonly quantile: number
  readonly lossShare: number
  /** How long a mesh may take to form; the prediction reads the same number as its ceiling. */
  readonly formWithinMs?: number | undefined
}

/** Beacons that were offered and never used, as a share; all of them where nothing was offered. */
export const lossShareOf = ({ beaconsOffered, beaconsUsed }: ScaleRun): number =>
  beaconsOffered > 0 ? Math.max(0, 1 - beaconsUsed / beaconsOffered) : 1

/** Why a size failed, a sentence each with its numbers; nothing where it held. */
export function failuresOf(
  run: ScaleRun,
  { latencyMs, quantile, lossShare, formWithinMs }: ScaleLimits,
): readonly string[] {
  if (run.formedInMs === null) return [`a mesh of ${run.nodes} nodes did not form`]
  if (run.unanswered !== undefined) return [`the target did not answer at ${run.nodes} nodes: ${run.unanswered}`]
  const failures: string[] = []
  if (formWithinMs !== undefined && run.formedInMs > formWithinMs)
    failures.push(`a mesh of ${run.nodes} nodes took ${run.formedInMs} ms to form, ${formWithinMs} ms are allowed`)
  if (run.latencyMs === null) failures.push('no beacon was received')
  // At least `quantile` of the samples must be within the limit. Lost beacons have no latency here: they count below.
  else if (run.latencyMs.overLimit / run.latencyMs.n > 1 - quantile)
    failures.push(`p${quantile * 100} is ${run.latencyMs.p99} ms, ${latencyMs} ms are allowed`)
  const lost = lossShareOf(run)
  if (lost > lossShare) failures.push(`${(lost * 100).toFixed(2)} % of the beacons were lost`)
  if (run.incompleteViews > 0) failures.push(`${run.incompleteViews} nodes do not know all others`)
  return failures
}
