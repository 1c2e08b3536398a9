import type { ScaleRun } from '../evidence/scale-run.ts'
import { median } from '../evidence/median.ts'
import { failuresOf, lossShareOf, type ScaleLimits } from './failure.ts'

/** One size of the degradation curve: medians over its runs, and how they compare with the smallest size. */
export type DegradationPoint = {
  readonly nodes: number
  readonly runs: number
  readonly failed: number
  readonly latencyMsP50: number | null
  readonly latencyMsP95: number | null
  readonly latencyMsP99: number | null
  readonly usedPerSecond: number
  readonly lossShare: number
  readonly targetCores: number
  readonly formedInMs: number | null
  /** p99 as a multiple of the smallest size's. */
  readonly latencyFactor: number | null
  /** Beacons used per processor second, as a share of the smallest size's. */
  readonly efficiency: number | null
}

export type Degradation = {
  readonly points: readonly DegradationPoint[]
  /** The two neighbouring sizes between which p99 grows most per doubling of the mesh; null below two sizes. */
  readonly knee: { readonly from: number; readonly to: number; readonly factorPerDoubling: number } | null
}

const medianOf = (values: readonly (number | null)[]): number | null =>
  median(values.filter((value) => value !== null)) ?? null

const perSecond = ({ beaconsUsed, seconds }: ScaleRun): number => (seconds > 0 ? beaconsUsed / seconds : 0)

function pointOf(nodes: number, runs: readonly ScaleRun[], limits: ScaleLimits) {
  return {
    nodes,
    runs: runs.length,
    failed: runs.filter((run) => failuresOf(run, limits).length > 0).length,
    latencyMsP50: medianOf(runs.map(({ latencyMs }) => latencyMs?.p50 ?? null)),
    latencyMsP95: medianOf(runs.map(({ latencyMs }) => latencyMs?.p95 ?? null)),
    latencyMsP99: medianOf(runs.map(({ latencyMs }) => latencyMs?.p99 ?? null)),
    usedPerSecond: median(runs.map(perSecond)) ?? 0,
    lossShare: median(runs.map(lossShareOf)) ?? 0,
    targetCores: median(runs.map(({ targetCores }) => targetCores)) ?? 0,
    formedInMs: medianOf(runs.map(({ formedInMs }) => formedInMs)),
  }
}

function kneeOf(points: readonly DegradationPoint[]): Degradation['knee'] {
  let knee: Degradation['knee'] = null
  for (const [index, { nodes: to, latencyMsP99: high }] of points.entries()) {
    const { nodes: from, latencyMsP99: low } = points[index - 1] ?? { nodes: 0, latencyMsP99: null }
    if (low === null || high === null || low <= 0) continue
    const factorPerDoubling = (high / low) ** (1 / Math.log2(to / from))
    if (knee === null || factorPerDoubling > knee.factorPerDoubling) knee = { from, to, factorPerDoubling }
  }
  return knee
}

/** How the mesh gets worse as it grows. */
export function degradationOf(runs: readonly ScaleRun[], limits: ScaleLimits): Degradation {
  const sizes = [...Map.groupBy(runs, ({ nodes }) => nodes)].sort(([a], [b]) => a - b)
  const measured = sizes.map(([nodes, own]) => pointOf(nodes, own, limits))
  const [first] = measured
  const perCore = ({ usedPerSecond, targetCores }: Pick<DegradationPoint, 'usedPerSecond' | 'targetCores'>) =>
    targetCores > 0 ? usedPerSecond / targetCores : null
  const base = first === undefined ? null : perCore(first)
  const points = measured.map((point): DegradationPoint => {
    const own = perCore(point)
    const least = first?.latencyMsP99 ?? null
    return {
      ...point,
      latencyFactor: point.latencyMsP99 === null || least === null || least <= 0 ? null : point.latencyMsP99 / least,
      efficiency: own === null || base === null || base === 0 ? null : own / base,
    }
  })
  return { points, knee: kneeOf(points) }
}
