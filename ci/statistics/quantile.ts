import { binomialCdf } from './incomplete-beta.ts'

/** Ranks (1 to n) of the order statistics that bound a quantile one-sidedly; null where n is too small for one. */
export type QuantileRanks = { readonly lower: number | null; readonly upper: number | null }

/** Smallest rank in [1, n + 1] at which a monotone condition holds. */
function firstRank(n: number, holds: (rank: number) => boolean): number {
  let low = 1
  let high = n + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * Distribution-free bounds of a quantile by order statistics (David & Nagaraja, Order Statistics,
 * 7.1). The upper bound meets a limit exactly when the Clopper–Pearson upper bound of the share over
 * that limit is at most 1 − quantile: the two are one test.
 */
export function quantileRanks(n: number, quantile: number, confidence: number): QuantileRanks {
  if (n === 0) return { lower: null, upper: null }
  const upper = firstRank(n, (rank) => binomialCdf(rank - 1, n, quantile) >= confidence)
  const aboveLower = firstRank(n, (rank) => binomialCdf(rank - 1, n, quantile) > 1 - confidence)
  return {
    lower: aboveLower === 1 ? null : aboveLower - 1,
    upper: binomialCdf(n - 1, n, quantile) >= confidence ? upper : null,
  }
}

/** Rank of the sample quantile: the smallest with at least this share of the samples at or below it. */
export const sampleRank = (n: number, quantile: number): number => Math.max(1, Math.ceil(n * quantile - 1e-9))

/** Sample quantile of unsorted values; undefined for none. */
export function sampleQuantile(values: readonly number[], quantile: number): number | undefined {
  return values.toSorted((a, b) => a - b)[sampleRank(values.length, quantile) - 1]
}
