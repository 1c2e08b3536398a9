import type { Random } from '../contract/random.ts'
import { nearestRank } from '../evidence/nearest-rank.ts'
import { fitNonNegative, predicted, type Equation } from './least-squares.ts'

/** Work per second that a system of one size can do. */
export type ScalePoint = { readonly nodes: number; readonly perSecond: number }

/**
 * Universal Scalability Law (Gunther 2007): X(N) = λN / (1 + σ(N − 1) + κN(N − 1)).
 * λ is the throughput of one node, σ the share of work that queues, κ the cost of agreeing pair by pair.
 */
export type Scalability = {
  readonly lambda: number
  readonly sigma: number
  readonly kappa: number
  /** Size of the largest throughput, √((1 − σ)/κ); null where more nodes always do more. */
  readonly peakNodes: number | null
  /** Largest relative error of a point. */
  readonly errorMax: number
}

export type ScalabilityInterval = {
  readonly confidence: number
  readonly sigma: readonly [number, number]
  readonly kappa: readonly [number, number]
  readonly resamples: number
}

const termsOf = (nodes: number): readonly number[] => [1, nodes - 1, nodes * (nodes - 1)]

const equationOf = ({ nodes, perSecond }: ScalePoint): Equation => ({
  terms: termsOf(nodes),
  // The law is linear in its parameters once it is read as time per unit of work.
  value: nodes / perSecond,
})

export function throughputAt({ lambda, sigma, kappa }: Scalability, nodes: number): number {
  return (lambda * nodes) / (1 + sigma * (nodes - 1) + kappa * nodes * (nodes - 1))
}

/** The law through some points; null below three sizes, or where no throughput was measured. */
export function fitScalability(points: readonly ScalePoint[]): Scalability | null {
  const usable = points.filter(({ perSecond }) => perSecond > 0)
  if (new Set(usable.map(({ nodes }) => nodes)).size < 3) return null
  const weights = fitNonNegative(usable.map(equationOf))
  const [time = 0, queued = 0, agreed = 0] = weights ?? []
  if (time <= 0) return null
  const [sigma, kappa] = [queued / time, agreed / time]
  const fitted = { lambda: 1 / time, sigma, kappa, peakNodes: null, errorMax: 0 }
  const errors = usable.map(({ nodes, perSecond }) => Math.abs(throughputAt(fitted, nodes) / perSecond - 1))
  const peakNodes = kappa > 0 && sigma < 1 ? Math.sqrt((1 - sigma) / kappa) : null
  return { ...fitted, peakNodes, errorMax: Math.max(...errors) }
}

/** Percentiles that leave out the same share at either end. */
export function percentileInterval(values: readonly number[], confidence: number): readonly [number, number] {
  const tail = (1 - confidence) / 2
  return [nearestRank(values, tail) ?? Number.NaN, nearestRank(values, 1 - tail) ?? Number.NaN]
}

/**
 * Values of a fit redrawn from its own relative errors (residual bootstrap, Davison & Hinkley 1997, 6.2.3),
 * widened for the degrees of freedom that the fit has used up.
 */
export function redrawn(equations: readonly Equation[], weights: readonly number[], random: Random): Equation[] {
  const used = weights.filter((weight) => weight > 0).length
  const widen = Math.sqrt(equations.length / Math.max(1, equations.length - used))
  const errors = equations.map(({ terms, value }) => value / predicted(weights, terms) - 1)
  return equations.map(({ terms }) => {
    const error = (errors[random.integer(0, errors.length - 1)] ?? 0) * widen
    return { terms, value: Math.max(1e-12, predicted(weights, terms) * (1 + error)) }
  })
}

/** Bootstrap interval of σ and κ; null where the law does not fit. */
export function scalabilityInterval(
  points: readonly ScalePoint[],
  {
    random,
    resamples,
    confidence,
  }: { readonly random: Random; readonly resamples: number; readonly confidence: number },
): ScalabilityInterval | null {
  const equations = points.filter(({ perSecond }) => perSecond > 0).map(equationOf)
  const weights = fitScalability(points) === null ? null : fitNonNegative(equations)
  if (weights === null) return null
  const drawn = Array.from({ length: resamples }, () => fitNonNegative(redrawn(equations, weights, random))).flatMap(
    (fit) => {
      const [time = 0, queued = 0, agreed = 0] = fit ?? []
      return time > 0 ? [{ sigma: queued / time, kappa: agreed / time }] : []
    },
  )
  if (drawn.length === 0) return null
  const of = (key: 'sigma' | 'kappa') =>
    percentileInterval(
      drawn.map((fit) => fit[key]),
      confidence,
    )
  return { confidence, sigma: of('sigma'), kappa: of('kappa'), resamples: drawn.length }
}
