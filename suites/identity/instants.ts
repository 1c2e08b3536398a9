import type { Clock } from '../contract/clock.ts'
import type { IdentityPlane } from '../contract/identity.ts'
import { expectOk } from '../contract/outcome.ts'

const pollMs = 10

/** Waits until `holds`, at most `withinMs`; false where it never did. */
export async function eventually(clock: Clock, withinMs: number, holds: () => boolean): Promise<boolean> {
  const untilMs = clock.nowMs() + withinMs
  while (!holds()) {
    if (clock.nowMs() >= untilMs) return false
    await clock.sleep(pollMs)
  }
  return true
}

/** From instants of the suite's clock to Unix seconds on the clock by which the target counts validity. */
export async function unixSeconds(
  identity: Pick<IdentityPlane, 'identityStatus'>,
  clock: Clock,
): Promise<(atMs: number) => number> {
  const askedAtMs = clock.nowMs()
  const { nowS } = expectOk('identityStatus', await identity.identityStatus({}))
  const middleMs = (askedAtMs + clock.nowMs()) / 2
  return (atMs) => nowS + (atMs - middleMs) / 1_000
}
