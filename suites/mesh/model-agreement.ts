import { sla, type TimerProfileName } from '../../sla.config.ts'
import type { MeshPlane } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import { nearestRank } from '../evidence/nearest-rank.ts'
import type { Scenario } from '../requirement.ts'
import { drawn } from './beacon-load.ts'
import { formMesh, readNodes } from './formation.ts'
import { liveRuns, readLiveBaseline } from './live-baseline.ts'
import { latenciesMs, openReceipts } from './receipts.ts'

export type ModelSize = {
  readonly nodes: number
  readonly profile: TimerProfileName | null
  /** Enough for a median: a thousand nodes send as much in a second as a hundred in ten. */
  readonly windowMs: number
}

const graceMs = 1_000

type Modelled = Pick<Scenario<'mesh'>, 'observe' | 'scale' | 'random' | 'log'> & {
  readonly target: Pick<Scenario<'mesh'>['target'], 'clock'> & { readonly mesh: MeshPlane }
}

/** Median latency in ms of a mesh in virtual time with modelled costs. */
export async function modelledP50Ms({ target, observe, scale, random }: Modelled, size: ModelSize): Promise<number> {
  const { mesh, clock } = target
  const { nodes, profile, windowMs } = size
  await formMesh(mesh, nodes, profile)
  // One epoch of calm: links that are still forming have another latency than a mesh at work.
  const { timerProfile } = expectOk('meshStatus', await mesh.meshStatus({}))
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
  const p50Ms = nearestRank(latencies, 0.5) ?? Number.NaN
  observe.measure(`modelled p50 at ${nodes} nodes`, 'ms', p50Ms)
  observe.measure(`modelled p99 at ${nodes} nodes`, 'ms', nearestRank(latencies, 0.99))
  return p50Ms
}

/**
 * Modelled against measured: the simulation's p50 in virtual time with modelled costs, against the p50 of committed live
 * runs that did not calibrate the model. One relative difference per live run; the worst is judged.
 */
export async function measureAgreement(scenario: Modelled, size: ModelSize): Promise<number> {
  const { observe, log } = scenario
  const modelled = await modelledP50Ms(scenario, size)
  for (const { run, n, p50Ms } of liveRuns(readLiveBaseline(), size.nodes)) {
    observe.measure('model-agreement', '1', Math.abs(modelled - p50Ms) / p50Ms)
    log(`${size.nodes} nodes: modelled p50 ${modelled} ms, live p50 ${p50Ms} ms of ${n} (run ${run})`)
  }
  return modelled
}
