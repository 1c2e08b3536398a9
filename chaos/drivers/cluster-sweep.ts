/** Removes what faults have left in a cluster, by the label that all of it bears: their watchdogs were killed themselves. */
import type { FaultyCluster } from './cluster.ts'
import type { NetworkPolicy } from './network-policy.ts'
import { isExpired, policiesOf } from './policy-cut.ts'

async function remove(cluster: FaultyCluster, policies: readonly NetworkPolicy[]): Promise<readonly string[]> {
  await Promise.all(policies.map(({ metadata }) => cluster.deletePolicy(metadata.name)))
  return policies.map(({ metadata }) => `the network policy ${metadata.name}, which a fault had left, is removed`)
}

/** Of one fault, whether its lease is over or not. Answers a line for each object. */
export const sweepFault = async (cluster: FaultyCluster, faultId: string): Promise<readonly string[]> =>
  remove(cluster, await policiesOf(cluster, faultId))

/** Of every fault whose lease is over: one that is renewed is somebody's. */
export const sweepExpired = async (cluster: FaultyCluster): Promise<readonly string[]> =>
  remove(cluster, (await policiesOf(cluster)).filter(isExpired))
