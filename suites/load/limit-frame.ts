import { availableParallelism } from 'node:os'
import { sla, type Tier } from '../../sla.config.ts'
import type { Frame } from '../analysis/foretelling.ts'
import type { MeshPlane } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'

/** What a growing mesh must keep, and what it shares. In virtual time the machine is as wide as its modelled threads are many. */
export async function frameOf(
  mesh: MeshPlane,
  { tier, seed }: { readonly tier: Tier; readonly seed: string },
): Promise<Frame> {
  const { limit: latencyMs, quantile } = sla.objectives['beacon-latency']
  const { formWithinS, confidence, timerProfile } = sla.mesh.limitSearch
  const formWithinMs = formWithinS * 1_000
  const modelled = tier === 'simulation'
  const threads = expectOk('meshResources', await mesh.meshResources({})).modelledThreads?.length ?? 0
  return {
    type: 'frame',
    cost: modelled ? 'modelled' : 'measured',
    limits: { latencyMs, quantile, lossShare: sla.mesh.lossLimit, formWithinMs },
    ceilings: {
      machineCores: modelled ? Math.max(1, threads) : availableParallelism(),
      latencyMs,
      formWithinMs,
    },
    suiteCoresMax: sla.premises.generatorCores,
    seed,
    confidence,
    timerProfile,
  }
}
