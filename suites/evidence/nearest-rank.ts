/** The quantile `rank` (0 to 1) of some values by the nearest-rank method: always one of them; null without any. */
export function nearestRank(values: readonly number[], rank: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(rank * sorted.length) - 1)] ?? null
}
