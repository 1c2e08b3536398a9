import { sla } from '../../sla.config.ts'
import type { Observe } from '../evidence/recorder.ts'
import type { AcceptedEvent } from './open-load.ts'

const { recoveryS } = sla.chaos

/** A load must go on for so long after a kill, in s, that the last instant at which the service has to be back lies in it. */
export const loadAfterKillS = recoveryS + 1

type Times = Pick<AcceptedEvent, 'sentAtMs' | 'atMs'>

/**
 * How a service takes events in around a kill: how many were accepted before it, and after how many seconds the first was of those
 * that were sent when the process was dead, null if none was. What was under way may be answered after the kill and show nothing.
 */
export function takenInAround(
  killedAtMs: number,
  accepted: readonly Times[],
): { readonly before: number; readonly againAfterS: number | null } {
  const before = accepted.filter(({ atMs }) => atMs < killedAtMs).length
  const firstMs = accepted
    .filter(({ sentAtMs }) => sentAtMs > killedAtMs)
    .reduce((first, { atMs }) => Math.min(first, atMs), Infinity)
  return { before, againAfterS: firstMs === Infinity ? null : (firstMs - killedAtMs) / 1_000 }
}

/** A service that takes nothing in loses nothing either: it does so before the kill, and again as soon as any recovery has to be over. */
export function observeTakenIn(
  observe: Observe,
  {
    role,
    killedAtMs,
    accepted,
  }: { readonly role: string; readonly killedAtMs: number; readonly accepted: readonly Times[] },
): void {
  const { before, againAfterS } = takenInAround(killedAtMs, accepted)
  const isAgain = againAfterS !== null && againAfterS < recoveryS
  const again = againAfterS === null ? 'none again' : `again after ${againAfterS.toFixed(2)} s`
  const claim = `events are accepted before a process is killed, and again within ${recoveryS} s`
  observe.check(claim, before > 0 && isAgain, `${role}: ${before} before, ${again}`)
  observe.measure(`events taken in again after a kill of ${role}`, 's', againAfterS)
}
