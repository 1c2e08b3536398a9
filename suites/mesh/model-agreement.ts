import { sla, type TimerProfileName } from '../../sla.config.ts'
import type { MeshPlane, MeshResources } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import { median } from '../evidence/median.ts'
import { nearestRank } from '../evidence/nearest-rank.ts'
import type { Scenario } from '../requirement.ts'
import { baselinePremises } from './baseline-premises.ts'
import { drawn } from './beacon-load.ts'
import { formMesh, readNodes } from './formation.ts'
import type { Observe } from '../evidence/recorder.ts'
import { bandRanks, liveRuns, readLiveBaseline, type LiveBaseline, type LiveRun } from './live-baseline.ts'
import { processingMs } from './processing.ts'
import { latenciesMs, openReceipts } from './receipts.ts'

export type ModelSize = {
  readonly nodes: number
  readonly profile: TimerProfileName | null
  /** Of virtual time. Enough for a median: a thousand nodes send as much in a second as a hundred in ten. */
  readonly windowMs: number
}

const graceMs = 1_000

type Modelling = Pick<Scenario<'mesh'>, 'observe' | 'scale' | 'scope' | 'random' | 'log'> & {
  readonly target: Pick<Scenario<'mesh'>['target'], 'clock' | 'description'> & { readonly mesh: MeshPlane }
}

/** Live figures of another mesh, or of another machine, say nothing of this one. */
async function observeBaseline({ target, observe, scope }: Modelling, baseline: LiveBaseline) {
  const { timerProfile } = expectOk('meshStatus', await target.mesh.meshStatus({}))
  const { costMachine, meshSources } = target.description.details
  const premises = baselinePremises({ timerProfile, costMachine, meshSources }, { baseline, scope })
  for (const premise of premises) observe.premise(premise)
  return timerProfile
}

export type Median = Pick<LiveRun, 'p50Ms' | 'medianBandMs'>

/**
 * Relative difference of a modelled median from a live one: of their bands of ranks, from 49 % to 51 %. Beacons
 * of a train wait for its last one, those of a train of four 0, 9.5, 19 and 28.6 ms, so that the median of a mesh in which
 * all nodes have as many links may lie between two heaps of latencies with nothing between: which of their edges it takes,
 * a beacon in a hundred decides, and the medians of two equal runs lie 8 ms apart. Elsewhere the bands are a hundredth wide
 * and change nothing.
 */
export function medianDifference(modelled: Median, live: Median): number {
  const [fromMs, toMs] = modelled.medianBandMs
  const [liveFromMs, liveToMs] = live.medianBandMs
  const apartMs = Math.max(0, fromMs - liveToMs, liveFromMs - toMs)
  return apartMs / live.p50Ms
}

/**
 * By how much a modelled figure lies outside the range of the live runs, relative to their median: what equal runs
 * differ by among themselves is noise that was seen, and nobody's error. Null without a live run.
 */
export function beyondRuns(modelled: number, live: readonly number[]): number | null {
  const middle = median(live)
  if (middle === undefined) return null
  return Math.max(0, Math.min(...live) - modelled, modelled - Math.max(...live)) / middle
}

/** What virtual time says of one size, as the live runs tell it. */
export type Modelled = Pick<LiveRun, 'nodes' | 'p50Ms' | 'p99Ms' | 'medianBandMs'> & {
  readonly processingMsP50: number
  readonly processingMsP99: number
  /** Null where the target does not tell how busy its modelled threads are. */
  readonly cores: number | null
}

/** Processor time of the modelled threads between two readings, in seconds per second. */
function modelledCores(from: MeshResources, to: MeshResources): number | null {
  if (from.modelledThreads === undefined || to.modelledThreads === undefined) return null
  const busyMs = (threads: NonNullable<MeshResources['modelledThreads']>) =>
    threads.reduce((sum, thread) => sum + thread.busyMs, 0)
  return (busyMs(to.modelledThreads) - busyMs(from.modelledThreads)) / (to.nowMs - from.nowMs)
}

/**
 * A mesh in virtual time with modelled costs. Throws where no live run of this size is recorded, before anything is formed.
 */
export async function modelMesh(scenario: Modelling, size: ModelSize): Promise<Modelled> {
  const { target, observe, scale, random } = scenario
  const baseline = readLiveBaseline()
  const { nodes, profile, windowMs } = size
  liveRuns(baseline, nodes)
  const { mesh, clock } = target
  await formMesh(mesh, nodes, profile)
  const timerProfile = await observeBaseline(scenario, baseline)
  // One epoch of calm: links that are still forming have another latency than a mesh at work.
  await clock.sleep(timerProfile.epochMs)
  const ids = (await readNodes(mesh)).map(({ id }) => id)
  const receivers = drawn(ids, sla.mesh.load.watchedReceivers, random.stream(`receivers of ${nodes}`))
  const resources = async () => expectOk('meshResources', await mesh.meshResources({}))
  const before = await resources()
  const reader = await openReceipts({ mesh, clock, receivers })
  const toMs = reader.fromMs + windowMs * scale
  const { receipts, dropped, fromMs } = await reader.readUntil(() => clock.nowMs() >= toMs + graceMs)
  const cores = modelledCores(before, await resources())
  const latencies = latenciesMs(receipts, { fromMs, toMs })
  observe.premise({
    claim: 'receipts complete',
    measured: dropped,
    limit: 0,
    unit: 'receipts dropped',
    noise: false,
    detail: `${latencies.length} modelled receipts of ${nodes} nodes read under ${timerProfile.name}`,
  })
  const rankOf = (values: readonly number[]) => (quantile: number) => {
    const ms = nearestRank(values, quantile)
    if (ms === null) throw new Error(`No beacon of ${nodes} nodes was used in ${windowMs} ms of virtual time.`)
    return ms
  }
  const [at, processingAt] = [rankOf(latencies), rankOf(processingMs(receipts, { fromMs, toMs }))]
  return {
    nodes,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    medianBandMs: [at(bandRanks[0]), at(bandRanks[1])],
    processingMsP50: processingAt(0.5),
    processingMsP99: processingAt(0.99),
    cores,
  }
}

/**
 * Figures that are held against the range of the live runs; the median, which has a band of its own, apart. The slowest of those that wait
 * for no other are reported and not judged: stalls of a live machine make them, and of these the model has but the collector's.
 */
const figures = [
  { figure: 'processingMsP50', objective: 'model-processing', name: 'processing p50', unit: 'ms' },
  { figure: 'p99Ms', objective: 'model-tail', name: 'p99', unit: 'ms' },
  { figure: 'cores', objective: 'model-cores', name: 'cores', unit: 'cores' },
] as const

const isTold = (value: number | null): value is number => value !== null

/**
 * Modelled against measured: what virtual time says with modelled costs, against committed live runs that did not calibrate
 * the model. Of the median one relative difference per live run, the worst of which is judged; of each other figure
 * how far it lies outside their range.
 */
export async function measureAgreement(scenario: Modelling, size: ModelSize): Promise<Modelled> {
  const { observe, log } = scenario
  const modelled = await modelMesh(scenario, size)
  const live = liveRuns(readLiveBaseline(), size.nodes)
  const at = `at ${size.nodes} nodes`
  const report = (name: string, unit: string, value: number | null, seen: readonly number[]): void => {
    observe.measure(`modelled ${name} ${at}`, unit, value)
    for (const one of seen) observe.measure(`live ${name} ${at}`, unit, one)
    log(`${name} ${at}: modelled ${value?.toFixed(3) ?? 'not told'}, live ${seen.join(', ')} ${unit}`)
  }
  const medians = live.map(({ p50Ms }) => p50Ms)
  const slowest = live.map(({ processingMsP99 }) => processingMsP99)
  report('processing p99', 'ms', modelled.processingMsP99, slowest.filter(isTold))
  report('p50', 'ms', modelled.p50Ms, medians)
  for (const run of live) observe.measure('model-agreement', '1', medianDifference(modelled, run))
  for (const { figure, objective, name, unit } of figures) {
    const seen = live.map((run) => run[figure]).filter(isTold)
    const value = modelled[figure]
    report(name, unit, value, seen)
    const beyond = value === null ? null : beyondRuns(value, seen)
    // What one side does not tell is not measured, and the row in doubt.
    if (beyond !== null) observe.measure(objective, '1', beyond)
  }
  return modelled
}

export type Scale = { readonly nodes: number; readonly p50Ms: number }

type Band = LiveRun['medianBandMs']
/** Whether all of the ones lie below all of the others. */
const isBelow = (ones: readonly Band[], others: readonly Band[]): boolean =>
  Math.max(...ones.map(([, toMs]) => toMs)) < Math.min(...others.map(([fromMs]) => fromMs))

/**
 * The order of two neighbouring scales, where the live runs know it: none of their bands overlap. The modelled medians
 * must have the same order then; otherwise nothing is asked of them.
 */
export function observeOrder(
  { check }: Pick<Observe, 'check'>,
  scales: readonly Scale[],
  baseline: LiveBaseline = readLiveBaseline(),
): void {
  const bands = ({ nodes }: Scale) => liveRuns(baseline, nodes).map(({ medianBandMs }) => medianBandMs)
  for (const [index, large] of scales.slice(1).entries()) {
    const small = scales[index]
    if (small === undefined) continue
    const [below, above] = [bands(small), bands(large)]
    const known = isBelow(below, above) || isBelow(above, below)
    const text = (of: readonly Band[]) => of.map(([fromMs, toMs]) => `${fromMs} – ${toMs}`).join(', ')
    check(
      `${small.nodes} and ${large.nodes} nodes are in the order of the live runs`,
      !known || (isBelow(below, above) ? small.p50Ms < large.p50Ms : small.p50Ms > large.p50Ms),
      `modelled ${small.p50Ms} and ${large.p50Ms} ms, live ${text(below)} and ${text(above)} ms`,
    )
  }
}
