import type { Random } from '../contract/random.ts'
import type { ScaleRun } from '../evidence/scale-run.ts'
import { bottleneckOf, type Bottleneck } from './bottleneck.ts'
import { degradationOf, type Degradation } from './degradation.ts'
import { failuresOf, type ScaleLimits } from './failure.ts'
import { predictLimit, type Ceilings, type Prediction } from './prediction.ts'
import { recommend, type Recommendation } from './recommendations.ts'
import { fitScalability, scalabilityInterval, type Scalability, type ScalabilityInterval } from './scalability.ts'

/** Everything that the numbers of several sizes say about growth. */
export type ScalingReport = {
  readonly degradation: Degradation
  /** How the cost of a beacon grows with the mesh, as the law of a mesh in which each node brings a core; null below three sizes. */
  readonly scalability: (Scalability & { readonly interval: ScalabilityInterval | null }) | null
  readonly bottleneck: Bottleneck | null
  /** Foretold from the sizes that held. */
  readonly prediction: Prediction
  readonly recommendations: readonly Recommendation[]
}

export type Frame = {
  readonly limits: ScaleLimits
  readonly ceilings: Ceilings
  readonly random: Random
  readonly confidence: number
}

const resamples = 400

/**
 * What the mesh could do if each node brought a core: beacons used per core second (the service demand law,
 * S = U / X, the other way round), times the nodes. An open load never shows more than it offers; cost does.
 */
const capacityOf = ({ nodes, beaconsUsed, seconds, targetCores }: ScaleRun) =>
  targetCores > 0 && seconds > 0 ? [{ nodes, perSecond: (nodes * beaconsUsed) / seconds / targetCores }] : []

/** Analyses sizes that were measured, failed ones included: they bend curves, but foretell nothing. */
export function analyseScaling(
  runs: readonly ScaleRun[],
  { limits, ceilings, random, confidence }: Frame,
): ScalingReport {
  const { machineCores } = ceilings
  const held = runs.filter((run) => failuresOf(run, limits).length === 0)
  // A mesh that never formed has no figures to explain it by.
  const measured = runs.filter(({ seconds }) => seconds > 0)
  const points = measured.flatMap(capacityOf)
  const law = fitScalability(points)
  const bootstrap = { random: random.stream('scalability'), resamples, confidence }
  const degradation = degradationOf(runs, limits)
  const bottleneck = bottleneckOf(measured, { machineCores, lossShare: limits.lossShare })
  const prediction = predictLimit(held, ceilings, { random: random.stream('prediction'), confidence })
  return {
    degradation,
    scalability: law === null ? null : { ...law, interval: scalabilityInterval(points, bootstrap) },
    bottleneck,
    prediction,
    recommendations:
      bottleneck === null ? [] : recommend({ runs: measured, prediction, bottleneck, degradation, machineCores }),
  }
}
