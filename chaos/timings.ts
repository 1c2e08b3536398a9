/** What a fault and its mesh are timed by: detection, first success and steady state apart. */
import type { Seen } from './bounds.ts'
import type { Watch } from './sight.ts'

/** The worst that was seen while the fault lasted, and seconds; null: it never got there. Recovery counts from the injection, or from the end of a transient fault. */
export type Timings = Seen & {
  readonly detectionS: number | null
  readonly firstSuccessS: number | null
  readonly recoveryS: number | null
  /** What was wrong with the mesh when it was given up; null where it became steady or nobody waited for that. */
  readonly givenUpFor: string | null
  /** Share of the nodes that the fault took, those included that it drew in. */
  readonly lostShare: number
}

type Instants = {
  readonly injectedAtMs: number
  readonly fromMs: number
  readonly steadyAtMs: number | null
  readonly lostShare?: number
}

/** A target tells microseconds, rounded: what was so at once may seem to have been so much sooner. */
const roundedMs = 1

/** Throws where something is told to have been over before it began by more than rounding: then the clocks are not one. */
function passedMs(atMs: number, sinceMs: number): number {
  if (atMs < sinceMs - roundedMs)
    throw new Error(
      `The target dates a fault or its end ${sinceMs - atMs} ms after what followed it: its clock must be that of the host, in ms.`,
    )
  return Math.max(0, atMs - sinceMs)
}

/** Of a watch that is over. */
export function timings(
  { detectedAtMs, firstSuccessAtMs, viewShareMin, qualityMin, bystandersDown, givenUpFor }: Watch,
  { injectedAtMs, fromMs, steadyAtMs, lostShare = 0 }: Instants,
): Timings {
  const seconds = (atMs: number | null, sinceMs: number) => (atMs === null ? null : passedMs(atMs, sinceMs) / 1_000)
  return {
    detectionS: seconds(detectedAtMs, injectedAtMs),
    firstSuccessS: seconds(firstSuccessAtMs, fromMs),
    recoveryS: seconds(steadyAtMs, fromMs),
    givenUpFor,
    viewShareMin,
    qualityMin,
    lostShare,
    bystandersDown: [...bystandersDown].sort(),
  }
}
