export type WholeSeconds = {
  /** Counts `by` at `atMs` after the start; what falls outside the window is not counted. */
  readonly add: (atMs: number, by: number) => void
  readonly perSecond: () => readonly number[]
  readonly total: () => number
}

/** Counts in the successive whole seconds of a window of `overMs`; a broken last second is not judged. */
export function wholeSeconds(overMs: number): WholeSeconds {
  const counts = Array.from({ length: Math.floor(overMs / 1_000) }, () => 0)
  return {
    add: (atMs, by) => {
      const second = Math.floor(atMs / 1_000)
      const before = counts[second]
      if (before !== undefined) counts[second] = before + by
    },
    perSecond: () => [...counts],
    total: () => counts.reduce((sum, count) => sum + count, 0),
  }
}
