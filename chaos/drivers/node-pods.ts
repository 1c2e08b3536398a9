/** The pods that a target names as its nodes, as far as somebody has consented to their being struck. */
import { z } from 'zod'
import { consent, podLabels, podsDetails } from '../../suites/contract/pods.ts'
import type { ControlPlane } from '../../suites/contract/control.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { ClusterPlace, type FaultyCluster, type Pod } from './cluster.ts'
import type { Labels } from './label-selector.ts'

/** Where the nodes of one target are, and how they are told apart. */
export const NodePods = z.strictObject({ place: ClusterPlace, nodeLabel: z.string() })
export type NodePods = z.infer<typeof NodePods>

/** Throws for a target that names no pods. */
export async function findPods(control: ControlPlane): Promise<NodePods> {
  const { details } = expectOk('describe', await control.describe({}))
  const told = (key: 'context' | 'namespace'): string => {
    const value = details[podsDetails[key]]
    if (value === undefined || value === '')
      throw new Error(
        `The target does not say which pods are its own: details.${podsDetails[key]} must name their ${key}.`,
      )
    return value
  }
  const place = { context: told('context'), namespace: told('namespace') }
  return { place, nodeLabel: details[podsDetails.nodeLabel] ?? podLabels.node }
}

/** All nodes, or those that are named; `onPods`: only pods that bear the consent themselves. */
export const selectorOf = (
  { nodeLabel }: Pick<NodePods, 'nodeLabel'>,
  { nodes, onPods }: { readonly nodes?: readonly string[]; readonly onPods: boolean },
): string =>
  [
    nodes === undefined ? nodeLabel : `${nodeLabel} in (${nodes.join(',')})`,
    ...(onPods ? [`${podLabels.faults}=${consent}`] : []),
  ].join(',')

export type NodePod = Pod & { readonly node: string }

/** Nodes that may be struck, by their names, and whether it is their pods that say so, or the namespace for all. */
export type Consenting = {
  readonly nodes: ReadonlyMap<string, NodePod>
  readonly onPods: boolean
  readonly namespaceLabels: Labels
}

/** Throws for a node that two pods are: it could not be told which to strike. */
function byNode(pods: readonly NodePod[]): ReadonlyMap<string, NodePod> {
  const found = new Map<string, NodePod>()
  for (const pod of pods) {
    const other = found.get(pod.node)
    if (other !== undefined)
      throw new Error(
        `Pods ${other.metadata.name} and ${pod.metadata.name} both say that they are node ${pod.node}: a label of the target's must tell its nodes apart.`,
      )
    found.set(pod.node, pod)
  }
  return found
}

export async function consentingNodes(cluster: FaultyCluster, found: NodePods): Promise<Consenting> {
  const { place, nodeLabel } = found
  const namespaceLabels = await cluster.namespaceLabels()
  const onPods = namespaceLabels[podLabels.faults] !== consent
  const { pods } = await cluster.pods(selectorOf(found, { onPods }))
  if (pods.length === 0)
    throw new Error(
      `No fault is brought in, and nothing was touched: no pod with a label ${nodeLabel} in namespace ${place.namespace} may be struck. If they may, say so: \`kubectl --context ${place.context} label namespace ${place.namespace} ${podLabels.faults}=${consent}\`, or label the pods.`,
    )
  const nodes = byNode(pods.map((pod) => ({ ...pod, node: pod.metadata.labels[nodeLabel] ?? '' })))
  return { nodes, onPods, namespaceLabels }
}

/** Throws for a node that is no pod that runs and may be struck. */
export function podOf({ nodes }: Consenting, { nodeLabel }: Pick<NodePods, 'nodeLabel'>, node: string): NodePod {
  const pod = nodes.get(node)
  if (pod === undefined)
    throw new Error(
      `No pod with the label ${nodeLabel}=${node} may be struck: label it ${podLabels.faults}=${consent}, or its namespace.`,
    )
  if (pod.status.phase !== 'Running')
    throw new Error(
      `Pod ${pod.metadata.name} of node ${node} is ${pod.status.phase}: a fault begins with pods that run.`,
    )
  return pod
}
