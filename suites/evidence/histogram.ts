import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, JsHistogram } from 'hdr-histogram-js'
import type { z } from 'zod'
import type { Histogram } from './record.ts'

export type HistogramObservation = z.infer<typeof Histogram>

/** Recorded latencies of one cell of the histogram: `count` of them lie in (previous cell, upToMs]. */
export type Bucket = { readonly upToMs: number; readonly count: number }

export type LatencyHistogram = {
  readonly record: (ms: number) => void
  readonly observation: (name: string) => HistogramObservation
}

/**
 * Latencies in whole microseconds, rounded up so that a histogram never flatters, with three
 * significant digits; beside it, exact counts at or below each edge in ms.
 */
export function createLatencyHistogram(edgesMs: readonly number[]): LatencyHistogram {
  const histogram = build({ bitBucketSize: 32, autoResize: true, numberOfSignificantValueDigits: 3 })
  const edges = [...new Set(edgesMs)].sort((a, b) => a - b)
  const within = edges.map(() => 0)
  let n = 0
  return {
    record: (ms) => {
      if (!Number.isFinite(ms) || ms < 0) {
        throw new Error(`A latency of ${ms} ms can't be: take both instants on one clock, the earlier one first.`)
      }
      n += 1
      histogram.recordValue(Math.ceil(ms * 1_000))
      for (let index = edges.length - 1; index >= 0 && ms <= (edges[index] ?? 0); index -= 1) {
        within[index] = (within[index] ?? 0) + 1
      }
    },
    observation: (name) => ({
      type: 'histogram',
      name,
      unit: 'ms',
      n,
      hdr: encodeIntoCompressedBase64(histogram),
      within: Object.fromEntries(edges.map((edge, index) => [String(edge), within[index] ?? 0])),
    }),
  }
}

/** The non-empty cells of a recorded histogram, ascending. Throws when `hdr` is no HdrHistogram. */
export function bucketsOf(observation: Pick<HistogramObservation, 'hdr'>): readonly Bucket[] {
  const histogram = decodeFromCompressedBase64(observation.hdr, 32)
  if (!(histogram instanceof JsHistogram)) throw new Error('Expected the plain JavaScript histogram, not the WASM one.')
  const buckets: Bucket[] = []
  for (let index = 0; index < histogram.countsArrayLength; index += 1) {
    const count = histogram.getCountAtIndex(index)
    if (count > 0)
      buckets.push({ upToMs: histogram.highestEquivalentValue(histogram.valueFromIndex(index)) / 1_000, count })
  }
  return buckets
}

/** Adds up histograms cell by cell. */
export function mergeBuckets(parts: readonly (readonly Bucket[])[]): readonly Bucket[] {
  const counts = new Map<number, number>()
  for (const { upToMs, count } of parts.flat()) counts.set(upToMs, (counts.get(upToMs) ?? 0) + count)
  return [...counts].map(([upToMs, count]) => ({ upToMs, count })).sort((a, b) => a.upToMs - b.upToMs)
}

/** The k-th smallest latency, 1 ≤ k ≤ n, as the upper end of its cell; undefined outside. */
export function rankMs(buckets: readonly Bucket[], k: number): number | undefined {
  let seen = 0
  if (k < 1) return undefined
  for (const { upToMs, count } of buckets) {
    seen += count
    if (seen >= k) return upToMs
  }
  return undefined
}
