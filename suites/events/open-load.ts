/** Events that come in by a schedule of their own while something of the service is broken. */
import { offeredRatePremise, openModel, scheduleLagPremise } from '../evidence/open-model.ts'
import { threatSignals } from './signals.ts'
import type { Scenario } from '../requirement.ts'

export type EventLoad = {
  /** Of the ids: the events of one load are those of no other. */
  readonly prefix: string
  readonly ratePerS: number
  readonly seconds: number
  /** The rate that the claim names, if it names one: that it was really offered is a premise then. */
  readonly claimedPerS?: number
}

/** An event that was accepted under its own id, when it was first sent, and when that it was accepted was known. */
export type AcceptedEvent = { readonly id: string; readonly sentAtMs: number; readonly atMs: number }

/** Posts under load; an answer that did not come is asked for once more with the same id. Answers what was accepted. */
export async function loadEvents(
  scenario: Scenario<'events'>,
  { prefix, ratePerS, seconds, claimedPerS }: EventLoad,
): Promise<readonly AcceptedEvent[]> {
  const { target, observe, random, log } = scenario
  const { clock, events } = target
  // No two of them have equal content: one that is called a repetition of another was thrown away.
  const signal = threatSignals(random.stream(prefix))
  const elsewhere: string[] = []
  const sends = await openModel({
    clock,
    ratePerS,
    count: Math.round(ratePerS * seconds),
    send: async (index) => {
      const event = { id: `${prefix}/${index}`, ...signal() }
      for (let tries = 1; tries <= 2; tries += 1) {
        const outcome = await events.postEvent(event)
        const said = outcome.ok ? 'ok' : outcome.definite ? 'definite' : 'indefinite'
        const storedAs = outcome.ok ? outcome.value.id : null
        observe.history('accepted-events-accounted', { type: 'posted', id: event.id, outcome: said, storedAs })
        if (!outcome.ok) observe.failure(outcome.definite)
        if (outcome.ok && outcome.value.id !== event.id) elsewhere.push(`${event.id} as ${outcome.value.id}`)
        if (said !== 'indefinite') return outcome.ok && outcome.value.id === event.id ? event.id : null
      }
      return null
    },
  })
  observe.check(
    'a new event is stored under its own id',
    elsewhere.length === 0,
    `${elsewhere.length} of ${sends.length} are not, ${elsewhere[0] ?? ''}`,
    { noise: false },
  )
  // No latency is judged here, and an event is lost or not however late it was sent: late sends excuse an end that was not
  // waited for long enough, and take nothing from a history that is whole.
  observe.premise({ ...scheduleLagPremise(sends, seconds * 1_000), spoils: 'failures' })
  if (claimedPerS !== undefined) observe.premise(offeredRatePremise(sends, claimedPerS))
  const first = sends[0]?.sentAtMs ?? 0
  const tookS = ((sends.at(-1)?.sentAtMs ?? 0) - first) / 1_000
  log(`${sends.length} events offered in ${tookS.toFixed(1)} s`)
  return sends.flatMap(({ value, sentAtMs, endedAtMs }) =>
    value === null ? [] : [{ id: value, sentAtMs, atMs: endedAtMs }],
  )
}
