import type { Bottleneck } from '../analysis/bottleneck.ts'
import type { Frame } from '../analysis/foretelling.ts'
import type { Recommendation } from '../analysis/recommendations.ts'
import type { ScalingReport } from '../analysis/scaling-report.ts'
import type { ScaleRun } from '../evidence/scale-run.ts'
import type { Observe } from '../evidence/recorder.ts'
import { plantedIn } from './planted-bottlenecks.ts'

export type Analysed = {
  /** One a size, from small to large. */
  readonly runs: readonly ScaleRun[]
  readonly frame: Pick<Frame, 'limits' | 'ceilings'>
  readonly analyse: (runs: readonly ScaleRun[]) => ScalingReport
}

type Checks = Pick<Observe, 'check'>

const digits = /\d/
/** A resource that is used so much, or so much more than another, can't be overlooked; below `idle` none can be in short supply. */
const pressing = { used: 0.8, apart: 0.1, idle: 0.4 } as const

/** How much of each resource a run used: 1 is used up. Read off the figures, whatever the analyzer makes of them. */
function usesOf(run: ScaleRun, { limits, ceilings }: Analysed['frame']): Readonly<Record<string, number>> {
  const lost = run.beaconsOffered > 0 ? Math.max(0, 1 - run.beaconsUsed / run.beaconsOffered) : 0
  const dropped = run.beaconsOffered > 0 ? (run.datagramsDropped ?? 0) / run.beaconsOffered : 0
  return {
    processor: (run.targetCores + run.suiteCores) / ceilings.machineCores,
    'event loop': Math.max(0, ...run.processes.map(({ loopShare, cores }) => loopShare ?? Math.min(1, cores))),
    'socket buffers': Math.min(lost, dropped) / limits.lossShare,
  }
}

/** What the figures have against a bottleneck that was named; null where they bear it. */
function contradiction({ resource }: Bottleneck, run: ScaleRun, frame: Analysed['frame']): string | null {
  const uses = usesOf(run, frame)
  const [nearest = '', most = 0] = Object.entries(uses).toSorted(([, a], [, b]) => b - a)[0] ?? []
  const own = uses[resource]
  const told = Object.entries(uses).map(([name, use]) => `${name} ${use.toFixed(2)}`)
  if (own === undefined) return most >= pressing.used ? `none is named, in use: ${told.join(', ')}` : null
  if (own < pressing.idle || own < most - pressing.apart)
    return `${resource} is named, nearest to its end is ${nearest}: ${told.join(', ')}`
  return null
}

/** The two neighbouring sizes between which p99 grows most per doubling. */
function steepest({ points }: ScalingReport['degradation']): readonly [number, number] | null {
  const growths = points.slice(1).map((to, index) => {
    const from = points[index]
    const factor = (to.latencyMsP99 ?? 0) / (from?.latencyMsP99 ?? Number.NaN)
    return {
      from: from?.nodes ?? 0,
      to: to.nodes,
      perDoubling: Math.log2(factor) / Math.log2(to.nodes / (from?.nodes ?? 0)),
    }
  })
  const [first] = growths.toSorted((a, b) => b.perDoubling - a.perDoubling)
  return first === undefined ? null : [first.from, first.to]
}

function checkCurves(observe: Checks, { runs }: Analysed, { degradation, scalability }: ScalingReport): void {
  const { points, knee } = degradation
  const drawn = points.filter(({ latencyMsP50, latencyMsP95, latencyMsP99 }) =>
    [latencyMsP50, latencyMsP95, latencyMsP99].every((ms) => ms !== null && ms > 0),
  )
  const curve = points.filter(({ latencyFactor, efficiency }) => latencyFactor !== null && efficiency !== null)
  observe.check('latency under load at every size', drawn.length === runs.length, `${drawn.length} of ${runs.length}`)
  observe.check('degradation at every size', curve.length === runs.length, `${curve.length} of ${runs.length}`)
  const [from, to] = steepest(degradation) ?? []
  observe.check(
    'the knee is where latency grows most',
    knee !== null && knee.from === from && knee.to === to,
    `${knee?.from} to ${knee?.to}, the points say ${from} to ${to}`,
  )
  observe.check('the law of scalability fits', scalability !== null, 'it does not')
  const interval = scalability?.interval ?? null
  const isRange = ([low, high]: readonly [number, number]) => low >= 0 && low <= high && Number.isFinite(high)
  observe.check(
    'its parameters come with intervals',
    interval !== null && isRange(interval.sigma) && isRange(interval.kappa),
    JSON.stringify(interval),
  )
}

/** Two costs that no mesh has by itself: at 1,000 nodes a beacon costs three times what it does alone. */
const plantedLaw = { sigma: 1e-3, kappa: 1e-6, tolerance: 0.01 } as const

/** The same runs, had each beacon cost what a law says: whoever fits the law to the figures finds its parameters. */
function checkLaw(observe: Checks, { runs, analyse }: Analysed): void {
  const { sigma, kappa, tolerance } = plantedLaw
  const [first] = runs
  const perCoreSecond = first === undefined ? 0 : first.beaconsUsed / first.seconds / first.targetCores
  const lawful = runs.map((run) => {
    const { nodes, beaconsUsed, seconds } = run
    const times = 1 + sigma * (nodes - 1) + kappa * nodes * (nodes - 1)
    return { ...run, targetCores: (times * beaconsUsed) / seconds / perCoreSecond }
  })
  const law = analyse(lawful).scalability
  const isNear = (found: number | undefined, planted: number) =>
    found !== undefined && Math.abs(found - planted) <= tolerance * planted
  observe.check(
    'planted: the law of scalability',
    isNear(law?.sigma, sigma) && isNear(law?.kappa, kappa),
    `σ ${law?.sigma} of ${sigma}, κ ${law?.kappa} of ${kappa}`,
  )
}

/** The figure of the resource that is named, as any reader would look it up. */
function quotes(run: ScaleRun, { resource, evidence }: Bottleneck, uses: Readonly<Record<string, number>>): boolean {
  const text = evidence.join('; ')
  if (resource === 'event loop') return text.includes((100 * (uses['event loop'] ?? 0)).toFixed(1))
  if (resource === 'socket buffers') return text.includes(`${run.datagramsDropped}`)
  return text.includes((run.targetCores + run.suiteCores).toFixed(2))
}

function checkBottleneck(observe: Checks, { runs, frame }: Analysed, { bottleneck }: ScalingReport): void {
  const largest = runs.at(-1)
  observe.check('the bottleneck is named', bottleneck !== null, 'nothing was measured')
  if (bottleneck === null || largest === undefined) return
  const against = contradiction(bottleneck, largest, frame)
  observe.check('the bottleneck is the resource nearest to its end', against === null, against ?? '')
  observe.check(
    'the bottleneck has evidence with its own figure',
    bottleneck.evidence.length >= 2 &&
      bottleneck.evidence.every((sentence) => digits.test(sentence)) &&
      quotes(largest, bottleneck, usesOf(largest, frame)),
    bottleneck.evidence.join('; '),
  )
}

function checkPrediction(observe: Checks, { runs }: Analysed, { prediction }: ScalingReport): void {
  const largest = Math.max(...runs.map(({ nodes }) => nodes))
  const { nodes, interval } = prediction
  observe.check('a failure point is foretold beyond what was run', nodes !== null && nodes > largest, `${nodes}`)
  // The size is told whole, its interval is not.
  const inside = interval !== null && nodes !== null && interval[0] <= nodes + 0.5 && nodes <= interval[1] + 1
  observe.check('it comes with an interval', inside, JSON.stringify(interval))
}

/** What is missing in an advice; null where it says what to do, on which numbers, and what that would change. */
function lacking(
  { action, because, limitNodes }: Recommendation,
  prediction: ScalingReport['prediction'],
): string | null {
  if (action.trim().split(/\s+/).length < 3) return 'no action'
  if (!digits.test(because)) return 'no number'
  if (limitNodes === null) return null
  const { before, after } = limitNodes
  if (before !== prediction.nodes) return `a limit of ${before} before, foretold were ${prediction.nodes}`
  return after > before ? null : `no gain: ${after} after ${before}`
}

function checkAdvice(observe: Checks, { recommendations, prediction }: ScalingReport): void {
  observe.check('recommendations follow', recommendations.length > 0, 'none')
  for (const advice of recommendations) {
    const lacks = lacking(advice, prediction)
    observe.check(`advice is whole: ${advice.action}`, lacks === null, `${lacks}: ${advice.because}`)
  }
}

/** The largest size of the runs with one thing used up, and then another: each is to be named, and something advised. */
function checkPlanted(observe: Checks, { runs, frame, analyse }: Analysed): void {
  const largest = runs.at(-1)
  if (largest === undefined) return
  for (const { name, run } of plantedIn(largest, frame.ceilings.machineCores)) {
    const { bottleneck, recommendations } = analyse([...runs.slice(0, -1), run])
    observe.check(`planted: ${name}`, bottleneck?.name === name, `${bottleneck?.name} was named`)
    if (name !== 'none') observe.check(`advised on: ${name}`, recommendations.length > 0, 'nothing is recommended')
  }
}

function checkDearer(observe: Checks, { runs, analyse }: Analysed, report: ScalingReport): void {
  const dearer = runs.map((run) => ({
    ...run,
    targetCores: 2 * run.targetCores,
    processes: run.processes.map((one) => ({
      ...one,
      cores: 2 * one.cores,
      loopShare: Math.min(0.99, 2 * (one.loopShare ?? 0)),
    })),
  }))
  const [before, after] = [report.prediction.nodes ?? 0, analyse(dearer).prediction.nodes ?? Infinity]
  observe.check(
    'a mesh that costs twice as much is foretold to fail earlier',
    after < before,
    `${after} after ${before}`,
  )
}

/** Holds an analyzer against the figures that it analysed, and against figures of which the answer is known. */
export function checkAnalyzer(observe: Checks, analysed: Analysed): void {
  const report = analysed.analyse(analysed.runs)
  checkCurves(observe, analysed, report)
  checkBottleneck(observe, analysed, report)
  checkPrediction(observe, analysed, report)
  checkAdvice(observe, report)
  checkDearer(observe, analysed, report)
  checkLaw(observe, analysed)
  checkPlanted(observe, analysed)
}
