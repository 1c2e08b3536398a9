/** What a fault and its mesh are timed by: detection, first success and steady state apart. */
import { timed, type Known, type Timed } from './awaited.ts'
import type { Seen } from './bounds.ts'
import type { Watch } from './sight.ts'

/** The worst that was seen while the fault lasted, and what was timed; null: it never got there. Recovery counts from the injection, or from the end of a transient fault. */
export type Timings = Seen & {
  readonly detection: Timed | null
  readonly firstSuccess: Timed | null
  readonly recovery: Timed | null
  /** What was wrong with the mesh when it was given up; null where it became steady or nobody waited for that. */
  readonly givenUpFor: string | null
  /** Share of the nodes that the fault took, those included that it drew in. */
  readonly lostShare: number
}

type Instants = {
  readonly injectedAtMs: number
  readonly fromMs: number
  readonly steady: Known | null
  readonly lostShare?: number
}

/** Of a watch that is over. */
export function timings(
  { detection, firstSuccess, viewShareMin, qualityMin, bystandersDown, givenUpFor }: Watch,
  { injectedAtMs, fromMs, steady, lostShare = 0 }: Instants,
): Timings {
  return {
    detection: timed(detection.known, injectedAtMs),
    firstSuccess: timed(firstSuccess.known, fromMs),
    recovery: timed(steady, fromMs),
    givenUpFor,
    viewShareMin,
    qualityMin,
    lostShare,
    bystandersDown: [...bystandersDown].sort(),
  }
}
