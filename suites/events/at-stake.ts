import type { Premise } from '../evidence/record.ts'
import type { AlertArrival } from '../contract/receiver-target.ts'
import type { AcceptedEvent } from './open-load.ts'

/** The positive control of a kill: what could have been lost by it. A kill between two events shows nothing. */
export const atStakePremise = (atStake: number, detail: string): Premise => ({
  claim: 'positive control',
  measured: Math.max(0, 1 - atStake),
  limit: 0,
  unit: 'promises at stake too few',
  noise: true,
  detail,
})

/**
 * How many events were accepted before an instant and not yet finished then, for their receiver had not answered the first
 * of their alerts: it does so `answerAfterMs` after the arrival. All times on one clock, in ms.
 */
export function underWayAt(
  instantMs: number,
  accepted: readonly Pick<AcceptedEvent, 'id' | 'atMs'>[],
  { arrivals, answerAfterMs }: { readonly arrivals: readonly AlertArrival[]; readonly answerAfterMs: number },
): number {
  const answered = new Set(
    arrivals.filter(({ atMs }) => atMs + answerAfterMs <= instantMs).map(({ eventId }) => eventId),
  )
  return accepted.filter(({ id, atMs }) => atMs < instantMs && !answered.has(id)).length
}

/** Fewer kills than a row claims show less than that, whatever else was observed. */
export const killsPremise = (role: string, killed: number, claimed: number): Premise => ({
  claim: 'fault effect',
  measured: Math.max(0, claimed - killed),
  limit: 0,
  unit: 'kills too few',
  noise: false,
  detail: `${killed} of ${claimed} killed with the role ${role}`,
})
