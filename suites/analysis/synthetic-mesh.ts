import type { Random } from '../contract/random.ts'
import type { Frame } from './foretelling.ts'
import type { ScaleRun, SpentOn } from '../evidence/scale-run.ts'

/** An invented mesh whose limit is known by construction: what self tests of the analysis measure. */
export type SyntheticMesh = {
  readonly machineCores: number
  readonly hosts: number
  /** Cores in use without any node. */
  readonly fixedCores: number
  /** Cores that one node costs, and what a pair of nodes adds. */
  readonly nodeCores: number
  readonly pairCores: number
  /** p99 without a queue, and what a queue adds at one half of use. */
  readonly fixedMs: number
  readonly queueMs: number
  readonly beaconsPerNodeS: number
  readonly spentOn: SpentOn | null
  readonly collectionShare: number | null
  /** Share of beacons that full buffers throw away beyond this many nodes. */
  readonly buffersHold: number
}

export const plainMesh: SyntheticMesh = {
  machineCores: 4,
  hosts: 8,
  fixedCores: 0.2,
  nodeCores: 0.0015,
  pairCores: 0,
  fixedMs: 1,
  queueMs: 4,
  beaconsPerNodeS: 100,
  spentOn: { crypto: 0.2, collection: 0.05, sockets: 0.4, logic: 0.35 },
  collectionShare: 0.05,
  buffersHold: Number.POSITIVE_INFINITY,
}

const limitMs = 100

/** A search for its limit: what stands before the tries. */
export const plainFrame: Frame = {
  type: 'frame',
  cost: 'measured',
  limits: { latencyMs: limitMs, quantile: 0.99, lossShare: 0.001, formWithinMs: 60_000 },
  ceilings: { machineCores: plainMesh.machineCores, latencyMs: limitMs, formWithinMs: 60_000 },
  suiteCoresMax: 0.9,
  search: { from: 1_500, most: 20_000, growth: 4 / 3, resolution: 0.4, repeats: 1 },
  seed: 's',
  confidence: 0.9,
  timerProfile: 'high-rate',
}

const coresAt = ({ fixedCores, nodeCores, pairCores }: SyntheticMesh, nodes: number): number =>
  fixedCores + nodeCores * nodes + pairCores * nodes * nodes

function latencyAt(mesh: SyntheticMesh, nodes: number): number {
  const cores = coresAt(mesh, nodes)
  const share = Math.max(cores / mesh.machineCores, (cores - mesh.fixedCores) / mesh.hosts)
  return share >= 1 ? 10_000 : mesh.fixedMs + (mesh.queueMs * share) / (1 - share)
}

/** The first size at which p99 reaches the limit. */
export function trueLimit(mesh: SyntheticMesh): number {
  let nodes = 1
  while (latencyAt(mesh, nodes) < limitMs && nodes <= mesh.buffersHold) nodes += 1
  return nodes
}

/** One run of this mesh; `noise` is the relative spread of what is measured. */
export function runOf(
  mesh: SyntheticMesh,
  nodes: number,
  noise: { readonly random: Random; readonly spread: number },
): ScaleRun {
  const { random, spread } = noise
  const noisy = (value: number) => value * (1 + spread * (2 * random.float() - 1))
  const cores = Math.min(mesh.machineCores, noisy(coresAt(mesh, nodes)))
  const p99 = noisy(latencyAt(mesh, nodes))
  const offered = nodes * mesh.beaconsPerNodeS * 10
  const overflow = Math.max(0, 1 - mesh.buffersHold / nodes)
  const loopShare = Math.min(1, (cores - mesh.fixedCores) / mesh.hosts)
  return {
    nodes,
    attempt: 0,
    startedAtMs: nodes * 1_000,
    formedInMs: noisy(nodes * 2),
    seconds: 10,
    beaconsOffered: offered,
    beaconsUsed: Math.round(offered * (1 - overflow)),
    latencyMs: { n: 10_000, overLimit: p99 >= limitMs ? 200 : 0, p50: p99 / 4, p95: p99 / 2, p99 },
    incompleteViews: 0,
    datagramsDropped: Math.round(offered * overflow),
    targetCores: cores,
    suiteCores: 0,
    processes: Array.from({ length: mesh.hosts }, (_, host) => ({
      name: `host-${host}`,
      cores: (cores - mesh.fixedCores) / mesh.hosts,
      loopShare,
      loopDelayMsP99: p99 / 2,
      collectionShare: mesh.collectionShare,
      memoryMB: 100,
    })),
    spentOn: mesh.spentOn,
  }
}
