import { sla, type TimerProfileName } from '../../sla.config.ts'
import type { MeshPlane } from '../contract/mesh.ts'
import { expectOk, Unanswered } from '../contract/outcome.ts'
import type { Random } from '../contract/random.ts'
import { viewDigest } from '../contract/view-digest.ts'
import { nearestRank } from '../evidence/nearest-rank.ts'
import type { ScaleRun } from '../evidence/scale-run.ts'
import type { Observe } from '../evidence/recorder.ts'
import { checkOffered, checkReceipts, checkUsed, type ReadBeacons } from '../mesh/beacon-evidence.ts'
import { drawn, linksOf } from '../mesh/beacon-load.ts'
import { firstPartial, formMesh, readNodes } from '../mesh/formation.ts'
import { withFigures, type Figure, type MeteredTarget } from '../mesh/load-metrics.ts'
import { latenciesMs } from '../mesh/receipts.ts'
import { watchYardstick } from '../mesh/yardstick.ts'
import { endsOf, increase, watchBeacons } from '../mesh/work.ts'
import { resourceUse } from './resource-use.ts'

export type ScaleOrder = {
  readonly nodes: number
  readonly attempt: number
  readonly windowS: number
  readonly timerProfile: TimerProfileName
  /** Beacons that each node owes per second. */
  readonly perNodeS: number
  /** Draws the receivers that are watched. */
  readonly random: Random
  /** Work of the suite itself counts on live tiers; in virtual time it is the world's own. */
  readonly live: boolean
}

export type Measured = {
  readonly run: ScaleRun
  /** Receipts that the target threw away before they were read: the latencies of this run are not all. */
  readonly receiptsDropped: number
  /** What the run was made from; null where no mesh formed. */
  readonly read: ReadBeacons | null
  /** What LOAD-METRICS names besides beacon latency, on live tiers. */
  readonly figures: readonly Figure[]
}

/** A target that leaves out the receipts of slow beacons, dates them back or sheds what it is late with would be fast at any size. */
export function checkTold(observe: Pick<Observe, 'check'>, { read }: Measured): void {
  if (read === null) return
  checkReceipts(observe, read)
  checkUsed(observe, read)
  checkOffered(observe, read)
}

const pollMs = 250
/** Views of a mesh that has just formed may take so long to fill; what is missing then counts. */
const wholeWithinMs = 15_000
const graceMs = 200

async function settled({ mesh, clock }: MeteredTarget): Promise<number> {
  const giveUpAtMs = clock.nowMs() + wholeWithinMs
  while (firstPartial(await readNodes(mesh)) !== null && clock.nowMs() < giveUpAtMs) await clock.sleep(pollMs)
  await clock.sleep(sla.mesh.limitSearch.settleS * 1_000)
  return clock.nowMs()
}

const another: Readonly<Record<TimerProfileName, TimerProfileName>> = {
  'fast-detect': 'high-rate',
  'high-rate': 'fast-detect',
}

/**
 * A mesh that was grown has more links than one that was formed at its size, and so more load on each node; one that is
 * there already tells of another try's time to form. So each try forms its own, and a small mesh under another profile
 * makes room for it.
 */
async function makeRoom(mesh: MeshPlane, timerProfile: TimerProfileName): Promise<void> {
  const room = await formMesh(mesh, 2, another[timerProfile])
  if (room.timerProfile === timerProfile)
    throw new Error(
      `The target has no timer profile but ${timerProfile}, so that a mesh can only be grown: declare another one in its meshStatus.`,
    )
}

const empty = {
  seconds: 0,
  beaconsOffered: 0,
  beaconsUsed: 0,
  latencyMs: null,
  incompleteViews: 0,
  datagramsDropped: null,
  targetCores: 0,
  suiteCores: 0,
  processes: [],
  spentOn: null,
}

/** Quantiles of latencies in ms, counted from the scheduled send; null without any. */
export function summary(latencies: readonly number[]): ScaleRun['latencyMs'] {
  const limitMs = sla.objectives['beacon-latency'].limit
  const at = (quantile: number) => nearestRank(latencies, quantile)
  const [p50, p95, p99] = [at(0.5), at(0.95), at(0.99)]
  if (p50 === null || p95 === null || p99 === null) return null
  return { n: latencies.length, overLimit: latencies.filter((ms) => ms >= limitMs).length, p50, p95, p99 }
}

/** Beacons of a window, with what the target used meanwhile where that is measured and not modelled. */
async function watchedBeacons(
  target: MeteredTarget,
  { windowS, random, live }: ScaleOrder,
  receivers: readonly string[],
) {
  const { mesh, clock } = target
  const watch = () => watchBeacons({ mesh, clock, windowMs: windowS * 1_000, graceMs, receivers })
  if (!live) return { ...(await watch()), figures: [] }
  return withFigures({ target, random: random.stream('workloads') }, async (readFigures) => ({
    ...(await watch()),
    figures: await readFigures(),
  }))
}

type Formed = { readonly startedAtMs: number; readonly formedInMs: number }

/** How long a target that a size was too much for may take until it answers again. */
const answersWithinMs = 60_000

async function answersAgain({ mesh, clock }: MeteredTarget): Promise<boolean> {
  const giveUpAtMs = clock.nowMs() + answersWithinMs
  while (clock.nowMs() < giveUpAtMs) {
    if ((await mesh.meshStatus({})).ok) return true
    await clock.sleep(pollMs)
  }
  return false
}

/**
 * Forms a mesh of one size and measures it under its own beacons. A mesh that does not form is a result, too, and so is one that
 * takes so much that the target does not answer while it runs, if it answers later.
 */
export async function measureScale(target: MeteredTarget, order: ScaleOrder): Promise<Measured> {
  const { mesh, clock } = target
  const { nodes, attempt, timerProfile, live } = order
  const startedAtMs = clock.nowMs()
  await makeRoom(mesh, timerProfile)
  const formed = await mesh.formMesh({ nodes, timerProfile })
  const bare = { receiptsDropped: 0, read: null, figures: [] }
  if (!formed.ok) {
    // A wish that was refused is the suite's mistake or the target's defect; one that failed is the limit.
    if (formed.definite) expectOk('formMesh', formed)
    return { run: { ...empty, nodes, attempt, startedAtMs, formedInMs: null }, ...bare }
  }
  const { formedInMs } = formed.value
  const [cpuFrom, fromMs] = [process.cpuUsage(), clock.nowMs()]
  try {
    return await measureFormed(target, order, { startedAtMs, formedInMs })
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error
    const suiteCores = live ? coresSince(cpuFrom, clock.nowMs() - fromMs) : 0
    if (!(await answersAgain(target))) throw error
    const unanswered = error.message
    return { run: { ...empty, nodes, attempt, startedAtMs, formedInMs, unanswered, suiteCores }, ...bare }
  }
}

/** Of this process. */
function coresSince(from: NodeJS.CpuUsage, elapsedMs: number): number {
  const { user, system } = process.cpuUsage(from)
  return (user + system) / 1_000 / elapsedMs
}

async function measureFormed(target: MeteredTarget, order: ScaleOrder, formed: Formed): Promise<Measured> {
  const { mesh, clock } = target
  const { nodes, attempt, perNodeS, random, live } = order
  await settled(target)
  const before = await readNodes(mesh)
  const ids = before.map(({ id }) => id)
  const receivers = drawn(ids, sla.mesh.load.watchedReceivers, random)
  const resources = async () => expectOk('meshResources', await mesh.meshResources({}))
  const cpuFrom = process.cpuUsage()
  const [usedFrom, fromMs] = [await resources(), clock.nowMs()]
  const yardstick = live ? watchYardstick(clock) : null
  const { work, reading, figures } = await watchedBeacons(target, order, receivers)
  const usedTo = await resources()
  const speed = yardstick === null ? {} : { yardstickMs: await yardstick.end() }
  const suiteCores = live ? coresSince(cpuFrom, clock.nowMs() - fromMs) : 0
  const { first, last } = endsOf(work)
  const after = await readNodes(mesh)
  const whole = viewDigest(after.map(({ id }) => id))
  const watched = new Set(receivers)
  const links = (of: ReadonlySet<string> | null) => (linksOf(before, of) + linksOf(after, of)) / 2
  const run: ScaleRun = {
    nodes,
    attempt,
    ...formed,
    seconds: (last.answeredMs - first.askedMs) / 1_000,
    beaconsOffered: increase(first, last, 'beaconsOffered'),
    beaconsUsed: increase(first, last, 'beaconsUsed'),
    latencyMs: summary(latenciesMs(reading.receipts, { fromMs: first.askedMs, toMs: last.answeredMs })),
    incompleteViews: after.filter(
      ({ state, viewSize, viewDigest: told }) => state !== 'up' || viewSize !== nodes || told !== whole,
    ).length,
    suiteCores,
    ...speed,
    ...resourceUse(usedFrom, usedTo),
  }
  const { timerProfile: inForce } = expectOk('meshStatus', await mesh.meshStatus({}))
  const read = {
    load: { nodes, perNodeS },
    timerProfile: inForce,
    window: { fromMs: first.answeredMs, toMs: last.askedMs },
    reading,
    work,
    links: { watched: links(watched), all: links(null) },
  }
  return { run, receiptsDropped: reading.dropped, read, figures }
}
