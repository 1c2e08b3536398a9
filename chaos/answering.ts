import { sla } from '../sla.config.ts'
import type { Clock } from '../suites/contract/clock.ts'
import { steadyPollMs } from './steady.ts'

const heldMs = sla.chaos.steadyHeldS * 1_000
const giveUpMs = 30_000

type Awaited = {
  readonly clock: Clock
  readonly fromMs: number
  readonly isAnswered: () => Promise<boolean>
  /** What is done at every look. */
  readonly besides?: (() => Promise<void>) | undefined
}

/** Seconds from an instant to the first of the answers that then come for as long as a steady state is held; null where they never do. */
export async function secondsToAnswer({ clock, fromMs, isAnswered, besides }: Awaited): Promise<number | null> {
  let sinceMs: number | null = null
  for (;;) {
    const answered = await isAnswered()
    const nowMs = clock.nowMs()
    sinceMs = answered ? (sinceMs ?? nowMs) : null
    if (sinceMs !== null && nowMs - sinceMs >= heldMs) return (sinceMs - fromMs) / 1_000
    if (sinceMs === null && nowMs - fromMs > giveUpMs) return null
    await besides?.()
    await clock.sleep(steadyPollMs)
  }
}
