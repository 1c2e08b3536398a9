import { sla, type TimerProfileName } from '../../sla.config.ts'
import type { MeshPlane } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import { nearestRank } from '../evidence/nearest-rank.ts'
import type { Scenario } from '../requirement.ts'
import { drawn } from './beacon-load.ts'
import { formMesh, readNodes } from './formation.ts'
import type { Observe } from '../evidence/recorder.ts'
import { bandRanks, liveRuns, readLiveBaseline, type LiveBaseline, type LiveRun } from './live-baseline.ts'
import { latenciesMs, openReceipts } from './receipts.ts'

export type ModelSize = {
  readonly nodes: number
  readonly profile: TimerProfileName | null
  /** Of virtual time. Enough for a median: a thousand nodes send as much in a second as a hundred in ten. */
  readonly windowMs: number
}

const graceMs = 1_000

type Modelled = Pick<Scenario<'mesh'>, 'observe' | 'scale' | 'random' | 'log'> & {
  readonly target: Pick<Scenario<'mesh'>['target'], 'clock'> & { readonly mesh: MeshPlane }
}

type Profile = { readonly timerProfile: string }

/** Live figures of a mesh under other timers are figures of another mesh. */
function premiseOfProfile({ observe }: Modelled, { timerProfile }: Profile, live: readonly Profile[]): void {
  const others = live.filter((run) => run.timerProfile !== timerProfile)
  observe.premise({
    claim: 'same timers',
    measured: others.length,
    limit: 0,
    unit: 'live runs under other timers',
    noise: false,
    detail: `modelled under ${timerProfile}`,
  })
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
 * Median latency of a mesh in virtual time with modelled costs. Throws where no live run of this size is recorded, before
 * anything is formed.
 */
export async function modelledMedian(scenario: Modelled, size: ModelSize): Promise<Median> {
  const { target, observe, scale, random } = scenario
  const live = liveRuns(readLiveBaseline(), size.nodes)
  const { mesh, clock } = target
  const { nodes, profile, windowMs } = size
  await formMesh(mesh, nodes, profile)
  // One epoch of calm: links that are still forming have another latency than a mesh at work.
  const { timerProfile } = expectOk('meshStatus', await mesh.meshStatus({}))
  premiseOfProfile(scenario, { timerProfile: timerProfile.name }, live)
  await clock.sleep(timerProfile.epochMs)
  const ids = (await readNodes(mesh)).map(({ id }) => id)
  const receivers = drawn(ids, sla.mesh.load.watchedReceivers, random.stream(`receivers of ${nodes}`))
  const reader = await openReceipts({ mesh, clock, receivers })
  const toMs = reader.fromMs + windowMs * scale
  const { receipts, dropped, fromMs } = await reader.readUntil(() => clock.nowMs() >= toMs + graceMs)
  const latencies = latenciesMs(receipts, { fromMs, toMs })
  observe.premise({
    claim: 'receipts complete',
    measured: dropped,
    limit: 0,
    unit: 'receipts dropped',
    noise: false,
    detail: `${latencies.length} modelled receipts of ${nodes} nodes read under ${timerProfile.name}`,
  })
  const at = (quantile: number): number => {
    const ms = nearestRank(latencies, quantile)
    if (ms === null) throw new Error(`No beacon of ${nodes} nodes was used in ${windowMs} ms of virtual time.`)
    return ms
  }
  const p50Ms = at(0.5)
  observe.measure(`modelled p50 at ${nodes} nodes`, 'ms', p50Ms)
  observe.measure(`modelled p99 at ${nodes} nodes`, 'ms', at(0.99))
  return { p50Ms, medianBandMs: [at(bandRanks[0]), at(bandRanks[1])] }
}

/**
 * Modelled against measured: the simulation's p50 in virtual time with modelled costs, against the p50 of committed live
 * runs that did not calibrate the model. One relative difference per live run; the worst is judged.
 */
export async function measureAgreement(scenario: Modelled, size: ModelSize): Promise<Median> {
  const { observe, log } = scenario
  const modelled = await modelledMedian(scenario, size)
  const told = ({ p50Ms, medianBandMs: [fromMs, toMs] }: Median) => `${p50Ms} ms (${fromMs} – ${toMs})`
  for (const live of liveRuns(readLiveBaseline(), size.nodes)) {
    observe.measure('model-agreement', '1', medianDifference(modelled, live))
    log(`${size.nodes} nodes: modelled p50 ${told(modelled)}, live ${told(live)} of ${live.n} (run ${live.run})`)
  }
  return modelled
}

export type Scale = { readonly nodes: number; readonly modelled: Median }

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
    const [modelledBelow, modelledAbove] = [small.modelled.p50Ms, large.modelled.p50Ms]
    const known = isBelow(below, above) || isBelow(above, below)
    const text = (of: readonly Band[]) => of.map(([fromMs, toMs]) => `${fromMs} – ${toMs}`).join(', ')
    check(
      `${small.nodes} and ${large.nodes} nodes are in the order of the live runs`,
      !known || (isBelow(below, above) ? modelledBelow < modelledAbove : modelledBelow > modelledAbove),
      `modelled ${modelledBelow} and ${modelledAbove} ms, live ${text(below)} and ${text(above)} ms`,
    )
  }
}
