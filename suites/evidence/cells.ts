/** Histograms over fixed edges, as targets tell them: what came between two readings, and where a quantile lies. */
import type { LatencyHistogram } from '../contract/mesh.ts'

/** Counts of a histogram by its cells: `counts[i]` up to `edgesMs[i]`, the last one beyond all edges. */
export type Cells = Pick<LatencyHistogram, 'edgesMs' | 'counts'>

export const totalOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)

/** What came between two readings of one histogram; without an earlier one, everything. */
export function sinceThen(now: LatencyHistogram, then: LatencyHistogram | null): LatencyHistogram {
  if (then === null) return now
  const counts = now.counts.map((count, index) => count - (then.counts[index] ?? 0))
  return { edgesMs: now.edgesMs, counts, sumMs: now.sumMs - then.sumMs }
}

/** The cell that holds a quantile, in ms: above `atLeast`, and up to `atMost` unless it lies beyond all edges; null without a sample. */
export function cellOf(
  { edgesMs, counts }: Cells,
  quantile: number,
): { readonly atLeast: number; readonly atMost: number | null } | null {
  const total = totalOf(counts)
  let seen = 0
  for (const [index, count] of counts.entries()) {
    seen += count
    if (total > 0 && seen >= quantile * total)
      return { atLeast: edgesMs[index - 1] ?? 0, atMost: edgesMs[index] ?? null }
  }
  return null
}

/** The same where both of its ends are known; null otherwise. */
export function closedCellOf(
  cells: Cells,
  quantile: number,
): { readonly atLeast: number; readonly atMost: number } | null {
  const cell = cellOf(cells, quantile)
  return cell === null || cell.atMost === null ? null : { atLeast: cell.atLeast, atMost: cell.atMost }
}

/** A quantile told as one number: the upper end of its cell, or the last edge where it lies beyond; null without a sample. */
export function cellQuantileMs(cells: Cells, quantile: number): number | null {
  const cell = cellOf(cells, quantile)
  return cell === null ? null : (cell.atMost ?? cell.atLeast)
}
