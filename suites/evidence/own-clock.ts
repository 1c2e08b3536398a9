/** What a target's own clock says of a stretch of time: the growth of its histograms between two readings. */
import type { LatencyHistogram } from '../contract/mesh.ts'
import type { Target } from '../contract/target.ts'
import { totalOf, type Cells } from './cells.ts'
import { seriesHistogram } from './series.ts'

/** A series of a target, and its labels where only some of them are meant. */
export type OwnSeries = { readonly name: string; readonly labels?: Readonly<Record<string, string>> }

/** The target's own clock so far, process by process; null where it can't be read. */
export type OwnClock = readonly (LatencyHistogram | null)[] | null

export const ownClockOf = (texts: readonly string[], { name, labels }: OwnSeries): OwnClock =>
  texts.map((text) => seriesHistogram([text], name, labels))

export const readOwnClock = (target: Pick<Target, 'exposition'>, series: OwnSeries): Promise<OwnClock> =>
  target.exposition().then(
    (texts) => ownClockOf(texts, series),
    () => null,
  )

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
