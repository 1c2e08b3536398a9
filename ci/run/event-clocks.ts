/** Three clocks of one load: from the intended send, from the actual send, and the target's own. */
import { closedCellOf, totalOf } from '../../suites/evidence/cells.ts'
import type { EventClocks } from '../../suites/evidence/clocks.ts'
import { nearestRank } from '../../suites/evidence/nearest-rank.ts'
import { grownBetween, type OwnClock } from '../../suites/evidence/own-clock.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import type { Load } from '../../k6/schedule.ts'
import type { ArrivalLog } from './arrival-log.ts'

/** What of the target's metrics these clocks are held against. */
export const endToEndSeries = { name: 'events_end_to_end_seconds' } as const
const quantiles = [0.5, 0.95, 0.99] as const

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
    const ownMs = own === null ? null : closedCellOf(own, quantile)
    const generatorLeavesOutMs = fromIntendedMs === null || fromActualMs === null ? null : fromIntendedMs - fromActualMs
    const targetLeavesOutMs =
      fromIntendedMs === null || ownMs === null
        ? null
        : { atLeast: fromIntendedMs - ownMs.atMost, atMost: fromIntendedMs - ownMs.atLeast }
    return { quantile, fromIntendedMs, fromActualMs, ownMs, generatorLeavesOutMs, targetLeavesOutMs }
  })
  const told = own === null ? null : totalOf(own.counts)
  const document: EventClocks = {
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
