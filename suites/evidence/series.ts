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

type Labels = Readonly<Record<string, string>>

const hasLabels = (line: string, labels: Labels): boolean =>
  Object.entries(labels).every(([label, value]) => new RegExp(`[{,]${label}="${value}"[,}]`).test(line))

/** A histogram in seconds over all processes and all label sets that hold `labels`, in ms; null when nobody exposes it. */
export function seriesHistogram(
  expositions: readonly string[],
  name: string,
  labels: Labels = {},
): LatencyHistogram | null {
  const upTo = new Map<number, number>()
  const lines = expositions.flatMap((text) => text.split('\n')).filter((line) => hasLabels(line, labels))
  for (const line of lines) {
    const [, series, le = '', value] = bucket.exec(line) ?? []
    if (series !== name) continue
    const edge = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le)
    upTo.set(edge, (upTo.get(edge) ?? 0) + Number(value))
  }
  const sumS = seriesTotal([lines.join('\n')], `${name}_sum`)
  if (upTo.size === 0 || sumS === null) return null
  const edges = [...upTo.keys()].sort((a, b) => a - b)
  const counts = edges.map((edge, index) => (upTo.get(edge) ?? 0) - (upTo.get(edges[index - 1] ?? Number.NaN) ?? 0))
  return { edgesMs: edges.filter(Number.isFinite).map((seconds) => seconds * 1_000), counts, sumMs: sumS * 1_000 }
}
