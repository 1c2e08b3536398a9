/**
 * Faults in a cluster through its API server: pods that are deleted and kept from coming back, network policies that part them.
 * Only pods are touched that the target names as its nodes, and of those only the ones that somebody has consented for.
 */
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { isSevering, liesOn } from '../../suites/contract/path.ts'
import { expiryAnnotation, podLabels } from '../../suites/contract/pods.ts'
import type { Driver, FaultOrder } from '../lease.ts'
import { clusterAt, type FaultyCluster } from './cluster.ts'
import { sweepExpired, sweepFault } from './cluster-sweep.ts'
import { kubernetesSupports, rightsFor, type KubernetesOrder } from './kubernetes-faults.ts'
import type { Breakable } from './label.ts'
import { consentingNodes, findPods, podOf, type Consenting, type NodePods } from './node-pods.ts'
import { cutsOf, demandNoWayAround, isExpired, policiesOf } from './policy-cut.ts'
import { watchedDriver } from './watched-driver.ts'

const watchdogFile = fileURLToPath(new URL('kubernetes-watchdog.ts', import.meta.url))

/** Throws for a pod that nobody would bring back. */
function demandController({ metadata }: ReturnType<typeof podOf>): void {
  if (!metadata.ownerReferences.some(({ controller }) => controller === true))
    throw new Error(
      `Pod ${metadata.name} has no controller: deleted, it would never come back. Let a StatefulSet or a Deployment make it.`,
    )
}

/** Whom a fault strikes, in the words of the watchdog. */
function orderOf({ strike, leaseMs }: FaultOrder, consenting: Consenting, found: NodePods): KubernetesOrder {
  const of = (node: string) => podOf(consenting, found, node)
  const cut = (isCut: (sender: string, receiver: string) => boolean): KubernetesOrder => ({
    primitive: 'cut',
    leaseMs,
    cuts: [...cutsOf(consenting.nodes, isCut)],
  })
  switch (strike.fault) {
    case 'crash': {
      const { nodes, loop } = strike.scope
      nodes.map(of).forEach(demandController)
      return { primitive: 'crash', leaseMs, nodes, ...(loop && { loop }) }
    }
    case 'partition': {
      const groups = new Map(strike.scope.groups.flatMap((group, place) => group.map((node) => [node, place] as const)))
      for (const node of groups.keys()) of(node)
      const apart = (sender: string, receiver: string): boolean => {
        const [from, to] = [groups.get(sender), groups.get(receiver)]
        return from !== undefined && to !== undefined && from !== to
      }
      return cut(apart)
    }
    case 'network': {
      const { paths } = strike.scope
      if (!paths.every(({ path }) => isSevering(path))) throw new Error(String(kubernetesSupports('network')))
      for (const { from = [], to = [] } of paths) for (const node of [...from, ...to]) of(node)
      const rules = paths.map(liesOn)
      return cut((sender, receiver) => rules.some((lies) => lies(sender, receiver)))
    }
    default:
      throw new Error(String(kubernetesSupports(strike.fault)))
  }
}

/** Throws where somebody else's fault is in force. */
async function demandNoOther(cluster: FaultyCluster, own: ReadonlySet<string>): Promise<void> {
  const laid = await policiesOf(cluster)
  const other = laid.find((policy) => !own.has(policy.metadata.labels[podLabels.fault] ?? '') && !isExpired(policy))
  if (other === undefined) return
  const { name, annotations } = other.metadata
  throw new Error(
    `The network policy ${name} is of somebody else's fault, in force until ${annotations[expiryAnnotation]}: wait for its end.`,
  )
}

/** What faults whose lease is over have left is removed first, whoever has left it. */
export async function kubernetesDriver(target: Breakable): Promise<Driver> {
  const pods = await findPods(target.control)
  const cluster = clusterAt(pods.place)
  const own = new Set<string>()
  return watchedDriver({
    name: 'kubernetes',
    supports: kubernetesSupports,
    target,
    swept: await sweepExpired(cluster),
    plan: async (fault) => {
      const consenting = await consentingNodes(cluster, pods)
      const order = orderOf(fault, consenting, pods)
      await cluster.demandRights(rightsFor[order.primitive])
      await demandNoOther(cluster, own)
      if (order.primitive === 'cut') demandNoWayAround(order.cuts, await cluster.policies(), consenting)
      const faultId = `${fault.strike.fault}-${randomUUID()}`
      own.add(faultId)
      const { onPods } = consenting
      return {
        file: watchdogFile,
        argument: { faultId, pods, onPods, order },
        sweep: () => sweepFault(cluster, faultId),
        takesBack:
          order.primitive === 'crash'
            ? `the pods of ${order.nodes.join(', ')}`
            : `namespace ${pods.place.namespace} (network policies: ${order.cuts.length})`,
      }
    },
  })
}
