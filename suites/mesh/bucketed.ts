import type { LatencyHistogram } from '../contract/mesh.ts'

const totalOf = ({ counts }: LatencyHistogram): number => counts.reduce((sum, count) => sum + count, 0)

/** What came between two readings of one histogram. */
export function sinceThen(now: LatencyHistogram, then: LatencyHistogram | null): LatencyHistogram {
  if (then === null) return now
  const counts = now.counts.map((count, index) => count - (then.counts[index] ?? 0))
  return { edgesMs: now.edgesMs, counts, sumMs: now.sumMs - then.sumMs }
}

/** Upper end in ms of the cell that holds the quantile, of the last cell its lower one; null of nothing. */
export function cellQuantileMs(histogram: LatencyHistogram, quantile: number): number | null {
  const rank = Math.ceil(quantile * totalOf(histogram))
  if (rank < 1) return null
  let seen = 0
  for (const [index, count] of histogram.counts.entries()) {
    seen += count
    if (seen >= rank) return histogram.edgesMs[index] ?? histogram.edgesMs.at(-1) ?? null
  }
  return null
}
