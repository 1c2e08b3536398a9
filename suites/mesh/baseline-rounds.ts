import { sla } from '../../sla.config.ts'
import type { Clock } from '../contract/clock.ts'
import type { MeshPlane } from '../contract/mesh.ts'
import type { Capability } from '../contract/route.ts'
import { nearestRank } from '../evidence/nearest-rank.ts'
import type { Scenario } from '../requirement.ts'
import { checkReceipts, checkWork, observePremises, owed } from './beacon-evidence.ts'
import { readWindow, watchMesh, type WatchedMesh } from './beacon-load.ts'
import { bringingBack, formMesh } from './formation.ts'
import { readYardstickMs, yardstickName } from './yardstick.ts'

type Compared = Pick<Scenario<'mesh'>, 'scope' | 'scale' | 'random' | 'observe' | 'log'> & {
  readonly target: {
    readonly clock: Clock
    readonly mesh: MeshPlane
    readonly description: { readonly capabilities: readonly Capability[] }
  }
}

const { nodes, quantile, meshes, roundsEach, roundS, settleS } = sla.mesh.baseline

/** A quantile of the latencies in ms of each round of a window; what was owed and not used is as late as its round is long. */
export function roundsMs(run: WatchedMesh, rounds: number, rank: number): readonly (number | null)[] {
  const { receipts } = run.reading
  const { fromMs, toMs } = run.window
  const lengthMs = (toMs - fromMs) / rounds
  const latencies = Array.from({ length: rounds }, (): number[] => [])
  for (const [index, scheduledAtMs] of receipts.scheduledAtMs.entries())
    latencies[Math.floor((scheduledAtMs - fromMs) / lengthMs)]?.push(
      (receipts.usedAtMs[index] ?? Number.NaN) - scheduledAtMs,
    )
  return latencies.map((own) => {
    const lost = Math.max(0, Math.round(owed(run) / rounds) - own.length)
    return nearestRank([...own, ...Array<number>(lost).fill(lengthMs)], rank)
  })
}

/** A mesh that is there keeps what it has; one of a node more makes room for another of this size. */
async function freshMesh(mesh: MeshPlane): Promise<void> {
  await formMesh(mesh, nodes + 1, null)
  await formMesh(mesh, nodes, null)
}

async function watchOnce({ target, scope, random, observe }: Compared, number: number): Promise<WatchedMesh> {
  const { mesh, clock } = target
  if (meshes[scope] > 1) await freshMesh(mesh)
  else await formMesh(mesh, nodes, null)
  await clock.sleep(settleS[scope] * 1_000)
  const windowMs = roundsEach[scope] * roundS[scope] * 1_000
  const load = { nodes, profile: null, perNodeS: sla.mesh.beaconsPerNodeS }
  const own = { target, observe, random: random.stream(`mesh ${number}`) }
  return watchMesh(own, load, (receivers) => readWindow({ mesh, clock, receivers, windowMs }))
}

/**
 * The rounds of one run, each with the machine's own speed around it. What the run is held against, and how, is not
 * known here: under which circumstances the rounds were made stands in the name of their series, and only like is
 * compared with like.
 */
export const measureRounds = (scenario: Compared): Promise<void> =>
  bringingBack(scenario.target.mesh, () => measureMeshes(scenario))

async function measureMeshes(scenario: Compared): Promise<void> {
  const { target, scope, scale, observe, log } = scenario
  for (let number = 0; number < meshes[scope] * scale; number += 1) {
    const before = readYardstickMs()
    const run = await watchOnce(scenario, number)
    const speedMs = (before + readYardstickMs()) / 2
    checkReceipts(observe, run)
    checkWork(observe, run)
    observePremises(observe, run)
    const planes = target.description.capabilities.toSorted().join(' ')
    const like = `${nodes} nodes, ${run.timerProfile.name}, ${roundS[scope]} s, ${meshes[scope] > 1 ? 'a mesh each' : 'one mesh'}, planes ${planes}, ${yardstickName}`
    const rounds = roundsMs(run, roundsEach[scope], quantile)
    for (const ms of rounds) {
      observe.measure(`baseline-margin:${like}`, 'ms', ms)
      observe.measure(`yardstick:${like}`, 'ms', speedMs)
    }
    const [p95, p99] = [0.95, 0.99].map((rank) => roundsMs(run, roundsEach[scope], rank))
    for (const ms of p95 ?? []) observe.measure('p95 of a round', 'ms', ms)
    for (const ms of p99 ?? []) observe.measure('p99 of a round', 'ms', ms)
    log(
      `mesh ${number + 1}: ${rounds.map((ms) => ms?.toFixed(3) ?? 'none').join(' ')} ms, yardstick ${speedMs.toFixed(2)} ms`,
    )
  }
}
