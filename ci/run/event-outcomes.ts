import type { Observe } from '../../suites/evidence/recorder.ts'
import type { Load } from '../../k6/schedule.ts'
import type { ArrivalLog } from './arrival-log.ts'

/**
 * Counts what became of the events of a load. Failed is what was not taken in, or was and never came to
 * its end; refusals for want of room are no failures, and counted apart. Available is what was taken in,
 * be it at the second try.
 */
export function observeOutcomes(observe: Observe, load: Load, log: ArrivalLog): void {
  let offered = 0
  let accepted = 0
  let refused = 0
  let firstTries = 0
  for (const arrival of log.arrivals()) {
    offered += 1
    if (arrival.acceptedAtMs !== null) accepted += 1
    else if (arrival.refused) refused += 1
    if (arrival.failures === 0) firstTries += 1
  }
  const failed = Math.min(offered, offered - accepted - refused + log.lost)
  observe.proportion(`event-errors:${load.shape}`, offered - failed, offered)
  observe.proportion('event-availability', accepted, offered)
  observe.proportion('first tries that succeeded', firstTries, offered)
  observe.count(`refused for want of room in ${load.shape}`, 'events', refused, load.seconds)
  observe.count(`taken in and never finished in ${load.shape}`, 'events', log.lost, load.seconds)
}
