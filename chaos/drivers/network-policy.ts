/**
 * Network policies as the API has them, as far as they say who may reach a pod. They only let in: a pod that some policy
 * selects is reached by whom any of these lets in, and by nobody else.
 */
import { BlockList, isIPv6 } from 'node:net'
import { z } from 'zod'
import { LabelSelector, selects, type Labels } from './label-selector.ts'

const Peer = z.object({
  podSelector: LabelSelector.optional(),
  namespaceSelector: LabelSelector.optional(),
  ipBlock: z.object({ cidr: z.string(), except: z.array(z.string()).default([]) }).optional(),
})
type Peer = z.infer<typeof Peer>

/** The client's own names: what the API calls `from` is a word of its language. */
const IngressRule = z.object({ _from: z.array(Peer).default([]) })

export const NetworkPolicy = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    podSelector: LabelSelector.default({ matchLabels: {}, matchExpressions: [] }),
    policyTypes: z.array(z.string()).default(['Ingress']),
    ingress: z.array(IngressRule).default([]),
  }),
})
export type NetworkPolicy = z.infer<typeof NetworkPolicy>

/** Who sends: a pod of the namespace whose policies are asked. */
export type Sender = { readonly labels: Labels; readonly addresses: readonly string[] }

function isIn(cidrs: readonly string[], address: string): boolean {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [network = '', bits = ''] = cidr.split('/')
    if (isIPv6(network) === (family === 'ipv6')) list.addSubnet(network, Number(bits), family)
  }
  return list.check(address, family)
}

function means({ podSelector, namespaceSelector, ipBlock }: Peer, sender: Sender, namespaceLabels: Labels): boolean {
  if (ipBlock !== undefined)
    return sender.addresses.some((address) => isIn([ipBlock.cidr], address) && !isIn(ipBlock.except, address))
  const isThere = namespaceSelector === undefined || selects(namespaceSelector, namespaceLabels)
  return isThere && (podSelector === undefined || selects(podSelector, sender.labels))
}

/** Whether it says who may reach pods with these labels. */
export const isolates = ({ spec }: NetworkPolicy, receiver: Labels): boolean =>
  spec.policyTypes.includes('Ingress') && selects(spec.podSelector, receiver)

/** Whether it lets this sender in, by one port at least. */
export const letsIn = ({ spec }: NetworkPolicy, sender: Sender, namespaceLabels: Labels): boolean =>
  spec.ingress.some(
    ({ _from: peers }) => peers.length === 0 || peers.some((peer) => means(peer, sender, namespaceLabels)),
  )
