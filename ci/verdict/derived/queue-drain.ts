import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { drainsOf } from '../checkers/queue-drained.ts'
import { derivedSeries, type Derived } from './derived.ts'

/**
 * Seconds from the end of each load until its queue was back to what it held before, both by the
 * target's word and by the arrival of the last alert: the later of the two. Censored when it never was;
 * nothing where the queue was not read before and after.
 */
export function queueDrain(items: readonly HistoryItem<'queue-drained'>[]): Derived {
  const values = drainsOf(items).flatMap(({ load, depths, steadyDepth, toldAtMs, alertsByMs }) => {
    const wasRead = steadyDepth !== null && depths.some(({ atMs }) => atMs >= load.toMs)
    if (!wasRead) return []
    if (toldAtMs === null || alertsByMs === null) return [null]
    return [Math.max(0, toldAtMs - load.toMs, alertsByMs - load.toMs) / 1_000]
  })
  return derivedSeries('burst-drain', 's', values)
}
