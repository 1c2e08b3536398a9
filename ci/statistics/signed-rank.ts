/**
 * Chance of each rank sum T⁺ from 0 to n(n+1)/2 when every one of the ranks 1 to n has either sign with chance ½:
 * the number of sets of ranks with that sum, by adding one rank after the other (Wilcoxon 1945; Hollander, Wolfe &
 * Chicken, Nonparametric Statistical Methods, 3rd ed., section 3.1), over 2ⁿ.
 */
export function signedRankChances(n: number): readonly number[] {
  if (!Number.isInteger(n) || n < 1 || n > 1_000)
    throw new RangeError(`No distribution of ${n} signed ranks: pass 1 to 1000 pairs.`)
  let chances = [1]
  for (let rank = 1; rank <= n; rank += 1) {
    const before = chances
    chances = Array.from(
      { length: before.length + rank },
      (_, sum) => ((before[sum] ?? 0) + (before[sum - rank] ?? 0)) / 2,
    )
  }
  return chances
}

/** The largest c with P(T⁺ ≤ c) ≤ `share`; −1 where not even the smallest sum is that rare. */
export function signedRankCritical(n: number, share: number): number {
  let cumulated = 0
  return signedRankChances(n).findIndex((chance) => (cumulated += chance) > share * (1 + 1e-12)) - 1
}

/** Fewest pairs of which anything can be said at this one-sided confidence: 2⁻ⁿ ≤ 1 − confidence. */
export const pairsToBound = (confidence: number): number => Math.ceil(-Math.log2(1 - confidence) - 1e-9)

export type Shift = {
  /** Hodges–Lehmann estimate: the median of the Walsh averages. */
  readonly estimate: number
  /** One-sided bounds, each at the confidence asked for; null where the pairs are too few. */
  readonly lower: number | null
  readonly upper: number | null
}

/**
 * By how much paired differences are shifted, with exact bounds: the shifts that Wilcoxon's signed-rank test does not
 * reject lie between two of the n(n+1)/2 Walsh averages (dᵢ + dⱼ)/2, i ≤ j, sorted (Tukey 1949; Hollander, Wolfe &
 * Chicken, section 3.3). It assumes independent differences that are symmetric about the shift, and nothing else about
 * their distribution; ties make the bounds wider than need be, never narrower.
 */
export function signedRankShift(differences: readonly number[], confidence: number): Shift {
  const n = differences.length
  if (n === 0 || !(confidence > 0.5 && confidence < 1) || differences.some((value) => !Number.isFinite(value)))
    throw new RangeError(`No shift of ${n} differences at confidence ${confidence}: pass finite ones, 0.5 < it < 1.`)
  const walsh = differences.flatMap((one, i) => differences.slice(i).map((other) => (one + other) / 2))
  walsh.sort((a, b) => a - b)
  const at = (rank: number): number => walsh[rank] ?? Number.NaN
  const critical = signedRankCritical(n, 1 - confidence)
  const middle = (walsh.length - 1) / 2
  return {
    estimate: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    lower: critical < 0 ? null : at(critical),
    upper: critical < 0 ? null : at(walsh.length - 1 - critical),
  }
}
