import { inverseIncompleteBeta } from './incomplete-beta.ts'

function check(count: number, n: number, confidence: number): void {
  const counts = Number.isInteger(count) && Number.isInteger(n) && count >= 0 && count <= n && n > 0
  if (!counts || !(confidence > 0 && confidence < 1)) {
    throw new RangeError(
      `No bound for ${count} of ${n} at confidence ${confidence}: pass 0 ≤ count ≤ n, n > 0, 0 < confidence < 1.`,
    )
  }
}

/** One-sided Clopper–Pearson upper bound of a share of which `count` of `n` were seen (Clopper & Pearson 1934). */
export function upperShare(count: number, n: number, confidence: number): number {
  check(count, n, confidence)
  return count === n ? 1 : inverseIncompleteBeta(confidence, count + 1, n - count)
}

/** One-sided Clopper–Pearson lower bound. */
export function lowerShare(count: number, n: number, confidence: number): number {
  check(count, n, confidence)
  return count === 0 ? 0 : inverseIncompleteBeta(1 - confidence, count, n - count + 1)
}

/** Fewest samples, none of them bad, that bound the share of bad ones at `share`: ln(1 − confidence) / ln(1 − share). */
export function samplesToBound(share: number, confidence: number): number {
  return Math.ceil(Math.log(1 - confidence) / Math.log1p(-share) - 1e-9)
}
