/** Three clocks of one load: from the intended send, from the actual send, and the target's own. */
import { seriesHistogram } from '../../suites/evidence/series.ts'
import { nearestRank } from '../../suites/evidence/nearest-rank.ts'
import type { LatencyHistogram } from '../../suites/contract/mesh.ts'
import type { Target } from '../../suites/contract/target.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import type { Load } from '../../k6/shapes.ts'
import type { ArrivalLog } from './arrival-log.ts'

const series = 'events_end_to_end_seconds'
const quantiles = [0.5, 0.95, 0.99] as const

/** The target's own clock so far, process by process; null where it can't be read. */
export type OwnClock = readonly (LatencyHistogram | null)[] | null

export const readOwnClock = (target: Pick<Target, 'exposition'>, name: string = series): Promise<OwnClock> =>
  target.exposition().then(
    (texts) => texts.map((text) => seriesHistogram([text], name)),
    () => null,
  )

const totalOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)

/** Counts between two readings, over all processes: one that was started anew begins at zero. */
export function grownBetween(before: OwnClock, after: OwnClock): Pick<LatencyHistogram, 'edgesMs' | 'counts'> | null {
  const found = (after ?? []).flatMap((later, index) => {
    if (later === null) return []
    const earlier = before?.[index] ?? null
    const goesOn = earlier !== null && totalOf(earlier.counts) <= totalOf(later.counts)
    return [{ ...later, counts: later.counts.map((count, at) => count - (goesOn ? (earlier.counts[at] ?? 0) : 0)) }]
  })
  const [first] = found
  if (first === undefined) return null
  const counts = first.counts.map((_, at) => found.reduce((sum, one) => sum + (one.counts[at] ?? 0), 0))
  return { edgesMs: first.edgesMs, counts }
}

/** The cell of a histogram in which a quantile lies: between these ms; null without a sample, or where it lies above the last edge. */
export function cellOf(
  { edgesMs, counts }: Pick<LatencyHistogram, 'edgesMs' | 'counts'>,
  quantile: number,
): { readonly atLeast: number; readonly atMost: number } | null {
  const total = totalOf(counts)
  let seen = 0
  for (const [index, count] of counts.entries()) {
    seen += count
    const atMost = edgesMs[index]
    if (total > 0 && seen >= quantile * total)
      return atMost === undefined ? null : { atLeast: edgesMs[index - 1] ?? 0, atMost }
  }
  return null
}

type Compared = {
  readonly load: Load
  readonly log: ArrivalLog
  readonly before: OwnClock
  readonly after: OwnClock
  /** Names the document where a record has several. */
  readonly name: string
}

/**
 * Keeps quantiles of the three clocks and what the latter two leave out, with its bounds: the target tells cells of a
 * histogram, so a quantile of it is known to lie in one. An alert that came after its sender's patience is in the
 * target's clock alone: where there are such alerts, the target seems to leave out less than nothing.
 */
export function observeClocks(observe: Observe, { load, log, before, after, name }: Compared): void {
  const intended: number[] = []
  const actual: number[] = []
  for (const { scheduledAtMs, alertedAtMs, sentToAlertMs } of log.arrivals()) {
    if (alertedAtMs !== null) intended.push(alertedAtMs - scheduledAtMs)
    if (sentToAlertMs !== null) actual.push(sentToAlertMs)
  }
  const own = grownBetween(before, after)
  const rows = quantiles.map((quantile) => {
    const fromIntendedMs = nearestRank(intended, quantile)
    const fromActualMs = nearestRank(actual, quantile)
    const ownMs = own === null ? null : cellOf(own, quantile)
    const generatorLeavesOutMs = fromIntendedMs === null || fromActualMs === null ? null : fromIntendedMs - fromActualMs
    const targetLeavesOutMs =
      fromIntendedMs === null || ownMs === null
        ? null
        : { atLeast: fromIntendedMs - ownMs.atMost, atMost: fromIntendedMs - ownMs.atLeast }
    return { quantile, fromIntendedMs, fromActualMs, ownMs, generatorLeavesOutMs, targetLeavesOutMs }
  })
  const told = own === null ? null : totalOf(own.counts)
  const document = {
    schema: 'meshcert/event-clocks/v1',
    shape: load.shape,
    alerts: intended.length,
    told,
    quantiles: rows,
  }
  observe.file(name, 'clocks', JSON.stringify(document, null, 2))
  for (const { quantile, generatorLeavesOutMs, targetLeavesOutMs } of rows) {
    const p = `p${quantile * 100} of ${name}`
    if (generatorLeavesOutMs !== null)
      observe.count(`${p}: left out by counting from the actual send`, 'ms', generatorLeavesOutMs, load.seconds)
    if (targetLeavesOutMs === null) continue
    observe.count(`${p}: left out by the target's clock, at least`, 'ms', targetLeavesOutMs.atLeast, load.seconds)
    observe.count(`${p}: left out by the target's clock, at most`, 'ms', targetLeavesOutMs.atMost, load.seconds)
  }
}
