/**
 * Faults that Kubernetes itself can express, each with how it is laid, held and taken back. They are run by a watchdog of their
 * own (`kubernetes-watchdog.ts`), which outlives whoever ordered them.
 */
import { z } from 'zod'
import { CrashLoop, type FaultPrimitive } from '../../suites/contract/control.ts'
import type { FaultyCluster, Right } from './cluster.ts'
import { sweepFault } from './cluster-sweep.ts'
import { crashLoop } from './crash-loop.ts'
import { NodePods, selectorOf } from './node-pods.ts'
import { expiryAfter, policiesOf, policyOf, Cut } from './policy-cut.ts'
import { podOutage } from './pod-outage.ts'
import type { WatchedFault } from './watched-fault.ts'
import { expiryAnnotation } from '../../suites/contract/pods.ts'

const leaseMs = z.number().positive()
export const KubernetesOrder = z.discriminatedUnion('primitive', [
  z.strictObject({
    primitive: z.literal('crash'),
    leaseMs,
    nodes: z.array(z.string()).min(1),
    loop: CrashLoop.optional(),
  }),
  z.strictObject({ primitive: z.literal('cut'), leaseMs, cuts: z.array(Cut) }),
])
export type KubernetesOrder = z.infer<typeof KubernetesOrder>

/** What a watchdog is told: its fault by an id of its own, and the pods of the target. */
export const Holding = z.strictObject({
  faultId: z.string(),
  pods: NodePods,
  onPods: z.boolean(),
  order: KubernetesOrder,
})
export type Holding = z.infer<typeof Holding>

const policy = (verb: string): Right => ({ verb, group: 'networking.k8s.io', resource: 'networkpolicies' })
const pod = (verb: string): Right => ({ verb, group: '', resource: 'pods' })

/** What its undoing takes is among them: nothing is done that could not be taken back. Policies tell of others' faults. */
export const rightsFor: Readonly<Record<KubernetesOrder['primitive'], readonly Right[]>> = {
  crash: [pod('list'), pod('watch'), pod('delete'), policy('list')],
  cut: [pod('list'), ...['list', 'create', 'patch', 'delete'].map(policy)],
}

/** Why nobody can do the others through an API server. */
const beyond: Readonly<Record<Exclude<FaultPrimitive, 'crash' | 'partition'>, string>> = {
  pause: 'Kubernetes starts and ends containers, and can not make one stand still',
  slow: 'a limit of processor time does not touch a pod that asks for less',
  network: 'a network policy lets pass or does not, for as long as it is there: it delays, thins and damages nothing',
  compromise: 'a member lies with keys that only its own memory holds',
  'crypto-errors': 'what a node seals and decapsulates is worked out in its own memory',
  rekey: 'the keys of a link are changed by the nodes at its ends, and by nobody else',
  'authority-outage': 'only pods that bear the name of a node of the mesh are touched, and the authority is none',
  'clock-skew': 'the clock of a pod is the clock of its machine',
  'coordinator-crash': 'only pods that bear the name of a node of the mesh are touched, and the coordinator is none',
  storage: 'the layer that lies is inside the process that writes',
}

/** True, or why this driver can't express faults of this primitive. Of those of the network it has the cuts that last. */
export function kubernetesSupports(primitive: string, isCut = false): true | string {
  if (primitive === 'crash' || primitive === 'partition' || (primitive === 'network' && isCut)) return true
  const why = Object.entries(beyond).find(([name]) => name === primitive)?.[1]
  return why ?? `through an API server there is crash, partition and cuts of the network, not ${primitive}`
}

function crash(cluster: FaultyCluster, { pods, onPods }: Holding, order: KubernetesOrder & { primitive: 'crash' }) {
  const { nodes, loop } = order
  const { nodeLabel } = pods
  const outage = podOutage({
    cluster,
    selector: selectorOf(pods, { nodes, onPods }),
    allSelector: selectorOf(pods, { nodes, onPods: false }),
    nodes,
    nodeOf: ({ metadata }) => metadata.labels[nodeLabel] ?? '',
  })
  const loops = nodes.map((node) =>
    crashLoop({ kill: () => outage.down(node), start: () => outage.up(node) }, loop ?? null),
  )
  return {
    inject: async () => {
      await outage.begin()
      await Promise.all(loops.map((one) => one.begin()))
    },
    // Nothing in the cluster knows of it: it is there as long as we delete pods.
    renew: async () => undefined,
    undo: async () => {
      await Promise.all(loops.map((one) => one.end()))
      outage.end()
      return (await outage.missing()).map((node) => `node ${node} has no pod that runs: its controller has made none`)
    },
  }
}

function cut(
  cluster: FaultyCluster,
  { faultId, pods, onPods }: Holding,
  order: KubernetesOrder & { primitive: 'cut' },
) {
  const { cuts, leaseMs: forMs } = order
  return {
    inject: async () => {
      const terms = { faultId, nodeLabel: pods.nodeLabel, onPods, expiresAt: expiryAfter(forMs) }
      await Promise.all(cuts.map((one, place) => cluster.createPolicy(policyOf(one, place, terms))))
    },
    renew: async () => {
      const expiresAt = expiryAfter(forMs)
      const laid = await policiesOf(cluster, faultId)
      await Promise.all(laid.map(({ metadata }) => cluster.annotatePolicy(metadata.name, expiryAnnotation, expiresAt)))
    },
    undo: async () => {
      await sweepFault(cluster, faultId)
      const left = await policiesOf(cluster, faultId)
      return left.map(({ metadata }) => `the network policy ${metadata.name} is still there`)
    },
  }
}

export function kubernetesFault(cluster: FaultyCluster, holding: Holding): WatchedFault {
  const { order } = holding
  return order.primitive === 'crash' ? crash(cluster, holding, order) : cut(cluster, holding, order)
}
