/**
 * Cuts between nodes as network policies of our own. A policy only lets in, so each lets everybody in but those who are cut off:
 * other pods by their label, and whoever is no pod by its address; both name the same pods, for some enforcers go by the one
 * and some by the other.
 */
import { isIPv6 } from 'node:net'
import { z } from 'zod'
import { consent, expiryAnnotation, podLabels } from '../../suites/contract/pods.ts'
import type { FaultyCluster } from './cluster.ts'
import { isolates, letsIn, type NetworkPolicy } from './network-policy.ts'
import type { Consenting, NodePod } from './node-pods.ts'

/** Nodes that nothing reaches from others, which have these addresses. */
export const Cut = z.strictObject({
  to: z.array(z.string()).min(1),
  from: z.array(z.string()).min(1),
  addresses: z.array(z.string()),
})
export type Cut = z.infer<typeof Cut>

const addressesOf = ({ status }: NodePod): readonly string[] => status.podIPs.map(({ ip }) => ip)

/** One cut for all receivers that the same senders do not reach. */
export function cutsOf(
  nodes: ReadonlyMap<string, NodePod>,
  isCut: (sender: string, receiver: string) => boolean,
): readonly Cut[] {
  const names = [...nodes.keys()].toSorted()
  const senders = (receiver: string): readonly string[] =>
    names.filter((sender) => sender !== receiver && isCut(sender, receiver))
  const all = Map.groupBy(names, (receiver) => senders(receiver).join(','))
  return [...all.values()].flatMap((to) => {
    const [first = ''] = to
    const from = [...senders(first)]
    const pods = [...nodes.values()].filter(({ node }) => from.includes(node))
    return from.length === 0 ? [] : [{ to, from, addresses: pods.flatMap(addressesOf) }]
  })
}

export type PolicyTerms = {
  readonly faultId: string
  readonly nodeLabel: string
  /** Only pods that bear the consent themselves. */
  readonly onPods: boolean
  readonly expiresAt: string
}

const everybodyBut = (cidr: string, bits: number, addresses: readonly string[]): object => ({
  ipBlock: { cidr, except: addresses.map((address) => `${address}/${bits}`) },
})

/** The policy of one cut; `place` tells it from the others of its fault. */
export function policyOf(cut: Cut, place: number, { faultId, nodeLabel, onPods, expiresAt }: PolicyTerms): object {
  const v6 = cut.addresses.filter(isIPv6)
  const v4 = cut.addresses.filter((address) => !isIPv6(address))
  const others = { matchExpressions: [{ key: nodeLabel, operator: 'NotIn', values: cut.from }] }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: `meshcert-${faultId}-${place}`,
      labels: { [podLabels.fault]: faultId },
      annotations: { [expiryAnnotation]: expiresAt },
    },
    spec: {
      podSelector: {
        ...(onPods && { matchLabels: { [podLabels.faults]: consent } }),
        matchExpressions: [{ key: nodeLabel, operator: 'In', values: cut.to }],
      },
      policyTypes: ['Ingress'],
      ingress: [
        {
          _from: [
            { namespaceSelector: {}, podSelector: others },
            everybodyBut('0.0.0.0/0', 32, v4),
            everybodyBut('::/0', 128, v6),
          ],
        },
      ],
    },
  }
}

/** Throws where another policy lets in whom these cuts are to keep out: policies add up, and that would be no cut. */
export function demandNoWayAround(
  cuts: readonly Cut[],
  policies: readonly NetworkPolicy[],
  { nodes, namespaceLabels }: Consenting,
): void {
  const podsOf = (names: readonly string[]): readonly NodePod[] => names.flatMap((name) => nodes.get(name) ?? [])
  for (const cut of cuts)
    for (const receiver of podsOf(cut.to))
      for (const sender of podsOf(cut.from)) {
        const sends = { labels: sender.metadata.labels, addresses: addressesOf(sender) }
        const around = policies.find(
          (policy) => isolates(policy, receiver.metadata.labels) && letsIn(policy, sends, namespaceLabels),
        )
        if (around !== undefined)
          throw new Error(
            `The network policy ${around.metadata.name} lets ${sender.node} reach ${receiver.node}, and policies only add up: no policy of ours could part them. Certify this fault where that policy does not name the nodes, or on another tier.`,
          )
      }
}

/** When the lease of what is laid or renewed now ends. */
export const expiryAfter = (leaseMs: number): string => new Date(Date.now() + leaseMs).toISOString()

const ofFault = (faultId?: string): string =>
  faultId === undefined ? podLabels.fault : `${podLabels.fault}=${faultId}`

/** Policies of a fault, or of all faults. */
export const policiesOf = (cluster: FaultyCluster, faultId?: string): Promise<readonly NetworkPolicy[]> =>
  cluster.policies(ofFault(faultId))

/** Without a date that can be read, it is nobody's any more. */
export const isExpired = ({ metadata }: NetworkPolicy): boolean => {
  const expiresAtMs = Date.parse(metadata.annotations[expiryAnnotation] ?? '')
  return !(expiresAtMs > Date.now())
}
