/** What others took of the machine while samples were taken, and what that can explain. */
import type { Pooled } from './pool.ts'

/** Name of the proportion: of the ms of the measured stretch those in which others left the run what it needed. */
export const undisturbedName = 'ms that others left to the run'

/** Share of the measured time in which others took what the run needed; 0 where nobody watched. */
export function disturbedShare({ proportions }: Pick<Pooled, 'proportions'>): number {
  const watched = proportions.find(({ name }) => name === undisturbedName)
  return watched === undefined || watched.total === 0 ? 0 : 1 - watched.good / watched.total
}

/**
 * What is left of samples over a limit when those of the disturbed time are left out, at the target's best: open-model
 * samples lie evenly in time, and all that were disturbed may have been over the limit.
 */
export function beyondDisturbance(
  { over, n }: { readonly over: number; readonly n: number },
  share: number,
): { readonly over: number; readonly n: number } {
  const disturbed = Math.min(n, Math.ceil(share * n))
  return { over: Math.max(0, over - disturbed), n: n - disturbed }
}
