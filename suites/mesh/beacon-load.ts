import { sla, type TimerProfileName } from '../../sla.config.ts'
import type { Clock } from '../contract/clock.ts'
import type { Random } from '../contract/random.ts'
import type { MeshNode, MeshPlane, MeshStatus } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Scenario } from '../requirement.ts'
import { bringingBack, formMesh, readNodes, wholePremise } from './formation.ts'
import { withFigures, type Figure, type MeteredTarget } from './load-metrics.ts'
import type { Reading } from './receipts.ts'
import { endsOf, watchBeacons, type WorkWatch } from './work.ts'

export type BeaconLoad = {
  readonly nodes: number
  /** Asked of the target where it has it; null: the profile that it starts with. */
  readonly profile: TimerProfileName | null
  /** Beacons that each node owes per second. */
  readonly perNodeS: number
}

/** What was read of a mesh under its own beacons. */
export type WatchedMesh = {
  readonly load: BeaconLoad
  readonly timerProfile: MeshStatus['timerProfile']
  readonly window: { readonly fromMs: number; readonly toMs: number }
  readonly reading: Reading
  readonly work: WorkWatch
  /** Links into the receivers that were watched, and all: means of before and after. */
  readonly links: { readonly watched: number; readonly all: number }
  readonly receivers: readonly string[]
  /** Processor cores that the suite used. */
  readonly suiteCores: number
}

export type BeaconRun = WatchedMesh & {
  /** What the load cost, and how long its parts took. */
  readonly figures: readonly Figure[]
}

type Loaded = Pick<Scenario<'mesh'>, 'scope' | 'scale' | 'random' | 'observe' | 'measuring'> & {
  readonly target: MeteredTarget
}

/** So many nodes by lot: which ones, nobody could know beforehand. */
export function drawn(nodes: readonly string[], count: number, random: Random): readonly string[] {
  const left = [...nodes]
  return Array.from({ length: Math.min(count, nodes.length) }, () => left.splice(random.integer(0, left.length - 1), 1))
    .flat()
    .sort()
}

export const linksOf = (nodes: readonly MeshNode[], of: ReadonlySet<string> | null): number =>
  nodes.reduce((sum, { id, links }) => sum + (of === null || of.has(id) ? links.length : 0), 0)

type Read = Pick<WatchedMesh, 'reading' | 'work' | 'suiteCores'>
type Window = Read & Pick<BeaconRun, 'figures'>
type WindowOrder = {
  readonly mesh: MeshPlane
  readonly clock: Clock
  readonly receivers: readonly string[]
  readonly windowMs: number
}

/** Every receipt of some receivers in a window, and the counters of all nodes once a second. */
export async function readWindow({ mesh, clock, receivers, windowMs }: WindowOrder): Promise<Read> {
  const graceMs = sla.mesh.load.graceS * 1_000
  const cpuFrom = process.cpuUsage()
  const startedMs = clock.nowMs()
  const { work, reading } = await watchBeacons({ mesh, clock, windowMs, graceMs, receivers })
  const cpu = process.cpuUsage(cpuFrom)
  const suiteCores = (cpu.user + cpu.system) / 1_000 / (clock.nowMs() - startedMs)
  return { work, reading, suiteCores }
}

async function observeWindow(loaded: Loaded, receivers: readonly string[]): Promise<Window> {
  const { target, scope, scale, random, measuring } = loaded
  const { mesh, clock } = target
  const windowMs = sla.mesh.load.windowS[scope] * 1_000 * scale
  return withFigures({ target, random }, async (readFigures) => {
    const read = await measuring(() => readWindow({ mesh, clock, receivers, windowMs }))
    return { ...read, figures: await readFigures() }
  })
}

/** Forms the mesh, waits until it is whole and watches it by `read`, which is told whose receipts to read. */
export async function watchMesh<R extends Read>(
  {
    target,
    random,
    observe,
  }: Pick<Loaded, 'random'> & {
    readonly observe: Pick<Loaded['observe'], 'premise'>
    readonly target: Pick<MeteredTarget, 'mesh' | 'clock'>
  },
  load: BeaconLoad,
  read: (receivers: readonly string[]) => Promise<R>,
): Promise<R & WatchedMesh> {
  const { mesh, clock } = target
  await formMesh(mesh, load.nodes, load.profile)
  observe.premise(await wholePremise(mesh, clock))
  const { timerProfile } = expectOk('meshStatus', await mesh.meshStatus({}))
  const before = await readNodes(mesh)
  const ids = before.map(({ id }) => id)
  const receivers = drawn(ids, sla.mesh.load.watchedReceivers, random.stream('receivers'))
  const window = await read(receivers)
  const after = await readNodes(mesh)
  const watched = new Set(receivers)
  const mean = (of: ReadonlySet<string> | null) => (linksOf(before, of) + linksOf(after, of)) / 2
  const { first, last } = endsOf(window.work)
  return {
    ...window,
    load,
    timerProfile,
    window: { fromMs: first.answeredMs, toMs: last.askedMs },
    links: { watched: mean(watched), all: mean(null) },
    receivers,
  }
}

/**
 * A mesh under its own beacons for a window: every receipt of the watched receivers is read, the counters once a second.
 * The load is the target's own schedule, so that what it does not send in time is its latency or its loss.
 */
export const runBeaconLoad = (scenario: Loaded, load: BeaconLoad): Promise<BeaconRun> =>
  bringingBack(scenario.target.mesh, () => watchMesh(scenario, load, (receivers) => observeWindow(scenario, receivers)))
