import type { Clock } from '../../suites/contract/clock.ts'
import type { JournalCopy } from '../../suites/contract/storage.ts'
import { steadyPollMs } from '../steady.ts'

/** Whether every storage holds again all that was acknowledged, within so many ms; what is wrong where one does not, or none is told of. */
export async function soundAgain(
  clock: Clock,
  withinMs: number,
  copiesNow: () => Promise<readonly JournalCopy[]>,
): Promise<string | null> {
  const deadlineMs = clock.nowMs() + withinMs
  for (;;) {
    const copies = await copiesNow()
    if (copies.length > 0 && copies.every(({ isSound }) => isSound)) return null
    if (clock.nowMs() > deadlineMs)
      return copies.flatMap(({ trouble }) => trouble ?? []).join('; ') || 'no sound storage is told of'
    await clock.sleep(steadyPollMs)
  }
}
