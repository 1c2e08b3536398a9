/** What a target's own clock says of a stretch of time: the growth of its histograms between two readings. */
import type { LatencyHistogram } from '../contract/mesh.ts'
import type { Target } from '../contract/target.ts'
import { seriesHistogram } from './series.ts'

/** A series of a target, and its labels where only some of them are meant. */
export type OwnSeries = { readonly name: string; readonly labels?: Readonly<Record<string, string>> }

/** The target's own clock so far, process by process; null where it can't be read. */
export type OwnClock = readonly (LatencyHistogram | null)[] | null

/** Counts of a histogram by its cells: `counts[i]` up to `edgesMs[i]`, the last one beyond all edges. */
export type Cells = Pick<LatencyHistogram, 'edgesMs' | 'counts'>

export const ownClockOf = (texts: readonly string[], { name, labels }: OwnSeries): OwnClock =>
  texts.map((text) => seriesHistogram([text], name, labels))

export const readOwnClock = (target: Pick<Target, 'exposition'>, series: OwnSeries): Promise<OwnClock> =>
  target.exposition().then(
    (texts) => ownClockOf(texts, series),
    () => null,
  )

export const totalOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)

/** Counts between two readings, over all processes: one that was started anew begins at zero. */
export function grownBetween(before: OwnClock, after: OwnClock): Cells | null {
  const found = (after ?? []).flatMap((later, index) => {
    if (later === null) return []
    const earlier = before?.[index] ?? null
    const goesOn = earlier !== null && totalOf(earlier.counts) <= totalOf(later.counts)
    return [{ ...later, counts: later.counts.map((count, at) => count - (goesOn ? (earlier.counts[at] ?? 0) : 0)) }]
  })
  const [first] = found
  if (first === undefined) return null
  const counts = first.counts.map((_, at) => found.reduce((sum, one) => sum + (one.counts[at] ?? 0), 0))
  return { edgesMs: first.edgesMs, counts }
}

/** The cell of a histogram in which a quantile lies: between these ms; null without a sample, or where it lies above the last edge. */
export function cellOf(
  { edgesMs, counts }: Cells,
  quantile: number,
): { readonly atLeast: number; readonly atMost: number } | null {
  const total = totalOf(counts)
  let seen = 0
  for (const [index, count] of counts.entries()) {
    seen += count
    const atMost = edgesMs[index]
    if (total > 0 && seen >= quantile * total)
      return atMost === undefined ? null : { atLeast: edgesMs[index - 1] ?? 0, atMost }
  }
  return null
}
