import { sla } from '../sla.config.ts'
import type { Clock } from '../suites/contract/clock.ts'
import { asking, pauseMs, timed, Awaited, type Timed } from './awaited.ts'
import { steadyPollMs } from './steady.ts'

const heldMs = sla.chaos.steadyHeldS * 1_000
const inTimeMs = sla.chaos.recoveryS * 1_000
const giveUpMs = 30_000

type Asked = {
  readonly clock: Clock
  readonly fromMs: number
  /** When it was last seen not to answer, where that was before the first look here. */
  readonly awayAtMs?: number | undefined
  readonly isAnswered: () => Promise<boolean>
  /** What is done at every look. */
  readonly besides?: (() => Promise<void>) | undefined
}

/** From an instant to the first of the answers that then come for as long as a steady state is held; null where they never do. */
export async function timeToAnswer({
  clock,
  fromMs,
  awayAtMs = fromMs,
  isAnswered,
  besides,
}: Asked): Promise<Timed | null> {
  const first = new Awaited(Math.max(fromMs, awayAtMs))
  for (;;) {
    const asked = await asking(clock, isAnswered)
    const known = first.look(asked.answer, asked)
    const nowMs = asked.answeredAtMs
    if (known !== null && nowMs - known.atMs >= heldMs) return timed(known, fromMs)
    if (known === null && nowMs - fromMs > giveUpMs) return null
    await besides?.()
    const isAwaited = known === null && clock.nowMs() - fromMs < inTimeMs
    await clock.sleep(isAwaited ? pauseMs(clock, asked) : steadyPollMs)
  }
}
