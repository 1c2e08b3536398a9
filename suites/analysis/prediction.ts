import type { Random } from '../contract/random.ts'
import type { ScaleRun } from '../evidence/scale-run.ts'
import { usualYardstickMs } from '../evidence/machine-speed.ts'
import { fitNonNegative, misfit, predicted, type Equation } from './least-squares.ts'
import { percentileInterval, redrawn } from './scalability.ts'

/** What is there to be used up, and what must not be exceeded. */
export type Ceilings = {
  /** Cores of the machine that the target and the suite share. */
  readonly machineCores: number
  readonly latencyMs: number
  /** How long a mesh may take to form. */
  readonly formWithinMs: number
}

export type SignalName = 'processor' | 'event loop' | 'latency' | 'formation'

/** One way to foresee the limit: a quantity, what it costs to grow, and the first size at which it is used up. */
export type Signal = {
  readonly name: SignalName
  readonly unit: 'cores' | 'share of one loop' | 'ms'
  readonly ceiling: number
  readonly seen: readonly { readonly nodes: number; readonly value: number }[]
  /** a + bN + cN². */
  readonly weights: readonly number[]
  /** First size at which the ceiling is reached; null where growth never reaches it. */
  readonly nodes: number | null
  readonly interval: readonly [number, number] | null
}

export type Prediction = {
  /** First size that is expected to fail; null where no signal grows. */
  readonly nodes: number | null
  readonly interval: readonly [number, number] | null
  readonly confidence: number
  /** The signal that gives out first. */
  readonly decidedBy: SignalName | null
  readonly signals: readonly Signal[]
  /** Sizes that the prediction was made from. */
  readonly from: readonly number[]
}

/** Larger meshes than this are not foretold. */
const mostNodes = 1_000_000
const resamples = 400

const termsOf = (nodes: number, degree: number): readonly number[] => [1, nodes, nodes ** 2].slice(0, degree + 1)

/** Akaike's criterion for small samples (Hurvich & Tsai 1989); infinite where there are too few points to ask. */
function criterion(equations: readonly Equation[], weights: readonly number[]): number {
  const [n, k] = [equations.length, weights.length + 1]
  if (n - k - 1 <= 0) return Number.POSITIVE_INFINITY
  return n * Math.log(Math.max(1e-12, misfit(equations, weights)) / n) + 2 * k + (2 * k * (k + 1)) / (n - k - 1)
}

type Point = { readonly nodes: number; readonly value: number }
type Growth = { readonly equations: readonly Equation[]; readonly weights: readonly number[] }

/** Linear growth unless the points speak for a quadratic part: three sizes always lie on some parabola. */
function growthOf(points: readonly Point[]): Growth | null {
  const usable = points.filter(({ value }) => value > 0)
  const fits = [1, 2].flatMap((degree): Growth[] => {
    const equations = usable.map(({ nodes, value }) => ({ terms: termsOf(nodes, degree), value }))
    const weights = new Set(usable.map(({ nodes }) => nodes)).size <= degree ? null : fitNonNegative(equations)
    return weights === null ? [] : [{ equations, weights }]
  })
  const [linear, quadratic] = fits
  if (linear === undefined) return null
  if (quadratic === undefined) return linear
  const better = criterion(quadratic.equations, quadratic.weights) < criterion(linear.equations, linear.weights)
  return better ? quadratic : linear
}

const grown = (weights: readonly number[], nodes: number): number =>
  predicted(weights, termsOf(nodes, weights.length - 1))

/** First size at which a growing quantity reaches its ceiling. */
function reached(weights: readonly number[], ceiling: number): number | null {
  if (grown(weights, mostNodes) < ceiling) return null
  let [low, high] = [1, mostNodes]
  while (high - low > 0.5) {
    const middle = (low + high) / 2
    if (grown(weights, middle) >= ceiling) high = middle
    else low = middle
  }
  return high
}

/** Speed of the machine that is foretold for. */
export type Speed = {
  /** In ms of the yardstick; unless given, that of the median run. */
  readonly yardstickMs?: number | null
  /** How much dearer than at that yardstick a node is, by what a mesh took: a yardstick of the processor sees nothing of memory. */
  readonly dearness?: number
}

/**
 * Time used, as it would have been at one speed of the machine: a virtual one may give between half and all of its speed
 * from one run to the next, and growth drawn through both would be neither's.
 */
const atOneSpeed =
  ({ yardstickMs = null, dearness = 1 }: Speed, used: (run: ScaleRun) => number) =>
  (run: ScaleRun): number =>
    used(run) * dearness * (yardstickMs === null || run.yardstickMs === undefined ? 1 : yardstickMs / run.yardstickMs)

type Foresight = Speed & {
  readonly random: Random
  readonly confidence: number
}

function signalOf(
  { name, unit, ceiling, points }: Pick<Signal, 'name' | 'unit' | 'ceiling'> & { readonly points: readonly Point[] },
  { random, confidence }: Foresight,
): Signal | null {
  const growth = growthOf(points)
  if (growth === null) return null
  const nodes = reached(growth.weights, ceiling)
  const drawn = Array.from({ length: nodes === null ? 0 : resamples }, () => {
    const weights = fitNonNegative(redrawn(growth.equations, growth.weights, random))
    return weights === null ? mostNodes : (reached(weights, ceiling) ?? mostNodes)
  })
  const interval = nodes === null ? null : percentileInterval(drawn, confidence)
  return { name, unit, ceiling, seen: points, weights: growth.weights, nodes, interval }
}

/** The busiest event loop; where the target does not tell its share, the cores of its busiest process. */
export const busiestLoop = ({ processes }: ScaleRun): number =>
  Math.max(0, ...processes.map(({ loopShare, cores }) => loopShare ?? Math.min(1, cores)))

/**
 * How much of a resource may be used before latency breaks its limit. p99 = a + b ρ/(1 − ρ), the waiting
 * time of a queue (Kleinrock 1975, 3.2), is fitted to the sizes seen and solved for the limit.
 */
export function usableShare(
  points: readonly { readonly share: number; readonly latencyMs: number }[],
  limitMs: number,
): number {
  const usable = points.filter(({ share, latencyMs }) => share > 0 && share < 1 && latencyMs > 0)
  const weights = fitNonNegative(
    usable.map(({ share, latencyMs }) => ({ terms: [1, share / (1 - share)], value: latencyMs })),
  )
  const [fixed = 0, queueing = 0] = weights ?? []
  if (fixed >= limitMs) return 0
  if (queueing === 0) return 1
  const waiting = (limitMs - fixed) / queueing
  return waiting / (1 + waiting)
}

/**
 * Foretells the first size that fails from the sizes that were measured. On one machine a mesh ends
 * where a resource does: the processor that all processes share, or one event loop. Their use is
 * extrapolated up to the share at which queueing would break the latency limit; latency's own growth
 * and the time to form stand beside them. The signal that gives out first decides. Sizes that failed
 * may not be given: a prediction made from the failure would be none.
 */
export function predictLimit(
  runs: readonly ScaleRun[],
  ceilings: Ceilings,
  { random, confidence, yardstickMs = usualYardstickMs(runs), dearness }: Foresight,
): Prediction {
  const { machineCores, latencyMs, formWithinMs } = ceilings
  const speed: Speed = { yardstickMs, ...(dearness === undefined ? {} : { dearness }) }
  const used = (run: ScaleRun) => run.targetCores + run.suiteCores
  const latencies = runs.flatMap((run) => (run.latencyMs === null ? [] : [{ run, p99: run.latencyMs.p99 }]))
  const share = (value: (run: ScaleRun) => number) =>
    usableShare(
      latencies.map(({ run, p99 }) => ({ share: value(run), latencyMs: p99 })),
      latencyMs,
    )
  const pointsOf = (value: (run: ScaleRun) => number): Point[] =>
    runs.map((run) => ({ nodes: run.nodes, value: value(run) }))
  const asked = [
    {
      name: 'processor',
      unit: 'cores',
      ceiling: machineCores * share((run) => used(run) / machineCores),
      points: pointsOf(atOneSpeed(speed, used)),
    },
    {
      name: 'event loop',
      unit: 'share of one loop',
      ceiling: share(busiestLoop),
      points: pointsOf(atOneSpeed(speed, busiestLoop)),
    },
    {
      name: 'latency',
      unit: 'ms',
      ceiling: latencyMs,
      points: latencies.map(({ run, p99 }) => ({ nodes: run.nodes, value: p99 })),
    },
    { name: 'formation', unit: 'ms', ceiling: formWithinMs, points: pointsOf((run) => run.formedInMs ?? 0) },
  ] as const
  const signals = asked.flatMap((signal) => signalOf(signal, { random: random.stream(signal.name), confidence }) ?? [])
  const first = signals
    .filter(({ nodes }) => nodes !== null)
    .toSorted((a, b) => (a.nodes ?? mostNodes) - (b.nodes ?? mostNodes))[0]
  return {
    nodes: first?.nodes === undefined || first.nodes === null ? null : Math.round(first.nodes),
    interval: first?.interval ?? null,
    confidence,
    decidedBy: first?.name ?? null,
    signals,
    from: [...new Set(runs.map(({ nodes }) => nodes))].sort((a, b) => a - b),
  }
}
