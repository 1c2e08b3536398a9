import type { ScaleRun } from '../evidence/scale-run.ts'
import type { Bottleneck } from './bottleneck.ts'
import type { Degradation } from './degradation.ts'
import type { Prediction, Signal, SignalName } from './prediction.ts'

/** Advice with the numbers that it follows from; what it would change is computed, never assumed. */
export type Recommendation = {
  readonly action: string
  readonly because: string
  /** First failing size before and after, by the model of the prediction. */
  readonly limitNodes: { readonly before: number; readonly after: number } | null
}

const worthwhile = 1.05

const percent = (share: number): string => `${Math.round(share * 100)} %`
const whole = (nodes: number): string => Math.round(nodes).toLocaleString('en-GB')

/** First size at which some signal ends, when signals cost another share of what they cost now. */
function limitWith(prediction: Prediction, costs: Partial<Record<SignalName, number>>): number | null {
  const nodes = prediction.signals.flatMap((signal): number[] => {
    const cost = costs[signal.name] ?? 1
    const at = reachedWith(signal, cost)
    return at === null ? [] : [at]
  })
  return nodes.length === 0 ? null : Math.min(...nodes)
}

/** The size at which a signal whose growth costs so much per node reaches its ceiling. */
function reachedWith({ weights, ceiling }: Signal, cost: number): number | null {
  const [fixed = 0, linear = 0, squared = 0] = weights
  const room = ceiling - fixed
  if (room <= 0) return 1
  const [b, c] = [linear * cost, squared * cost]
  if (c > 0) return (-b + Math.sqrt(b * b + 4 * c * room)) / (2 * c)
  return b > 0 ? room / b : null
}

type Known = {
  readonly runs: readonly ScaleRun[]
  readonly prediction: Prediction
  readonly bottleneck: Bottleneck
  readonly degradation: Degradation
  readonly machineCores: number
}

function loopsAdvice({ runs, prediction, machineCores }: Known, now: number): readonly Recommendation[] {
  const largest = runs.toSorted((a, b) => b.nodes - a.nodes)[0]
  const hosts = largest?.processes.filter(
    ({ cores }) => cores >= 0.5 * Math.max(...largest.processes.map((p) => p.cores)),
  )
  if (prediction.decidedBy !== 'event loop' || largest === undefined || hosts === undefined || hosts.length === 0)
    return []
  const after = limitWith(prediction, { 'event loop': hosts.length / (hosts.length + 1) })
  const spare = machineCores - largest.targetCores - largest.suiteCores
  if (after === null || after <= now) return []
  return [
    {
      action: `Spread the nodes over ${hosts.length + 1} processes instead of ${hosts.length}`,
      because: `one event loop gives out first while ${spare.toFixed(2)} of ${machineCores} cores are idle at ${largest.nodes} nodes`,
      limitNodes: { before: now, after },
    },
  ]
}

/** Halving what a spender costs moves both the processor's and the loop's end. */
function spenderAdvice({ prediction, bottleneck }: Known, now: number): readonly Recommendation[] {
  const { spender } = bottleneck
  if (spender === null) return []
  const cost = 1 - spender.share / 2
  const after = limitWith(prediction, { processor: cost, 'event loop': cost })
  if (after === null || after <= now) return []
  const actions = {
    crypto: 'Halve the cost of cryptography: more beacons under one MAC, or fewer signatures per epoch',
    sockets: 'Halve the datagrams: carry twice as many beacons in each',
    collection: 'Halve the garbage: reuse buffers on the way of a beacon, or give the young generation more room',
    logic: 'Halve the work of the protocol itself: the profile names its hottest functions',
  } as const
  return [
    {
      action: actions[spender.what],
      because: `${percent(spender.share)} of the busy time goes there at ${bottleneck.nodes} nodes`,
      limitNodes: { before: now, after },
    },
  ]
}

function headroomAdvice({ prediction, degradation }: Known, now: number): readonly Recommendation[] {
  const low = prediction.interval?.[0] ?? now
  const safe = Math.floor(0.7 * Math.min(low, now))
  const nearest = degradation.points.filter(({ nodes }) => nodes <= safe).at(-1)
  const seen =
    nearest?.latencyMsP99 === null || nearest === undefined
      ? ''
      : `; p99 was ${nearest.latencyMsP99.toFixed(1)} ms at ${nearest.nodes}`
  return [
    {
      action: `Run at most ${whole(safe)} nodes on this machine`,
      because: `that is 70 % of the lower end (${whole(Math.min(low, now))} nodes) of the foretold limit${seen}`,
      limitNodes: null,
    },
  ]
}

function buffersAdvice({ runs, bottleneck }: Known): readonly Recommendation[] {
  const largest = runs.toSorted((a, b) => b.nodes - a.nodes)[0]
  if (bottleneck.name !== 'socket buffers' || largest?.datagramsDropped == null || largest.seconds <= 0) return []
  const perSecond = largest.datagramsDropped / largest.seconds
  return [
    {
      action: 'Give sockets larger receive buffers, or read them more often',
      because: `${perSecond.toFixed(0)} datagrams a second are thrown away by full buffers at ${largest.nodes} nodes`,
      limitNodes: null,
    },
  ]
}

/** A gain within the prediction's own error is none. */
const isWorthIt = ({ limitNodes }: Recommendation): boolean =>
  limitNodes !== null && limitNodes.after >= worthwhile * limitNodes.before

/** What the numbers say to do, the largest computed gain first. Without a foretold limit there is nothing to compare with. */
export function recommend(known: Known): readonly Recommendation[] {
  const now = known.prediction.nodes
  if (now === null) return buffersAdvice(known)
  const gains = [...loopsAdvice(known, now), ...spenderAdvice(known, now)]
    .filter(isWorthIt)
    .toSorted((a, b) => (b.limitNodes?.after ?? 0) - (a.limitNodes?.after ?? 0))
  return [...gains, ...buffersAdvice(known), ...headroomAdvice(known, now)]
}
