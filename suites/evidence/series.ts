import type { LatencyHistogram } from '../contract/mesh.ts'

const sample = /^([a-zA-Z_:][\w:]*)(\{[^}]*\})?\s+(\S+)/

/** Sum of a series over all label sets and all processes; null when no process exposes a sample of it. */
export function seriesTotal(expositions: readonly string[], name: string): number | null {
  const values = expositions
    .flatMap((text) => text.split('\n'))
    .flatMap((line) => {
      const [, series, , value] = sample.exec(line) ?? []
      return series === name ? [Number(value)] : []
    })
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0)
}

const bucket = /^([a-zA-Z_:][\w:]*)_bucket\{(?:[^}]*,)?le="([^"]+)"[^}]*\}\s+(\S+)/

/** A histogram in seconds over all label sets and processes, in ms; null when nobody exposes it. */
export function seriesHistogram(expositions: readonly string[], name: string): LatencyHistogram | null {
  const upTo = new Map<number, number>()
  for (const line of expositions.flatMap((text) => text.split('\n'))) {
    const [, series, le = '', value] = bucket.exec(line) ?? []
    if (series !== name) continue
    const edge = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le)
    upTo.set(edge, (upTo.get(edge) ?? 0) + Number(value))
  }
  const sumS = seriesTotal(expositions, `${name}_sum`)
  if (upTo.size === 0 || sumS === null) return null
  const edges = [...upTo.keys()].sort((a, b) => a - b)
  const counts = edges.map((edge, index) => (upTo.get(edge) ?? 0) - (upTo.get(edges[index - 1] ?? Number.NaN) ?? 0))
  return { edgesMs: edges.filter(Number.isFinite).map((seconds) => seconds * 1_000), counts, sumMs: sumS * 1_000 }
}
