export type Point = { readonly x: number; readonly y: number }

export type Slope = { readonly estimate: number; readonly lower: number; readonly upper: number }

/**
 * Distribution of the number of inversions of a random permutation of n, which is Kendall's statistic
 * without ties: P(I ≤ k) for k = 0 … n(n − 1)/2, by the recursion over n (Knuth 5.1.1).
 */
function inversionsCdf(n: number): readonly number[] {
  let shares = [1]
  for (let size = 2; size <= n; size += 1) {
    const next: number[] = []
    // A window over the last `size` shares: where the newest element stands, each place as likely.
    let window = 0
    for (let k = 0; k <= (size * (size - 1)) / 2; k += 1) {
      window += shares[k] ?? 0
      window -= shares[k - size] ?? 0
      next.push(window / size)
    }
    shares = next
  }
  let sum = 0
  return shares.map((share) => (sum += share))
}

/**
 * Theil and Sen's slope, the median of the slopes of all pairs, with one-sided bounds at this confidence by
 * Kendall's exact distribution (Sen, JASA 63, 1968). Every fourth point may be anything and moves it little.
 * Null where the points are too few for a bound, or two share an x. Ties in y make the bounds wider than need be.
 */
export function theilSen(points: readonly Point[], confidence: number): Slope | null {
  const sorted = points.toSorted((a, b) => a.x - b.x)
  const slopes = sorted
    .flatMap((a, index) => sorted.slice(index + 1).map((b) => (b.y - a.y) / (b.x - a.x)))
    .sort((a, b) => a - b)
  if (slopes.some((slope) => !Number.isFinite(slope))) return null
  // At rank r the bound is missed only if r or more pairs run the other way.
  const rank = inversionsCdf(sorted.length).findIndex((share) => share >= confidence) + 1
  const [upper, lower] = [slopes[rank - 1], slopes[slopes.length - rank]]
  const [low, high] = [slopes[Math.ceil(slopes.length / 2) - 1], slopes[Math.floor(slopes.length / 2)]]
  if (upper === undefined || lower === undefined || low === undefined || high === undefined) return null
  return { estimate: (low + high) / 2, lower, upper }
}
