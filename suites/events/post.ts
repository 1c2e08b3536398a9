import type { Clock } from '../contract/clock.ts'
import type { EventsPlane, ThreatEvent } from '../contract/events.ts'
import { expectOk } from '../contract/outcome.ts'

/** A refusal that says when to come again is no answer yet: so often it is taken at its word. */
const triesMax = 5

/** Posts one event as a well-behaved sender does, and answers what it was said to be; throws when it is not taken in. */
export async function postPatiently(
  { events, clock }: { readonly events: Pick<EventsPlane, 'postEvent'>; readonly clock: Clock },
  event: ThreatEvent,
): Promise<{ readonly id: string; readonly duplicate: boolean }> {
  for (let tries = 1; ; tries += 1) {
    const outcome = await events.postEvent(event)
    const isPutOff = !outcome.ok && outcome.definite && outcome.retryAfterS !== undefined
    if (!isPutOff || tries === triesMax) return expectOk('postEvent', outcome)
    await clock.sleep(outcome.retryAfterS * 1_000)
  }
}
