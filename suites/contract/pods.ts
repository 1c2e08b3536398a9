/**
 * How a target on the cluster tier says which pods are its nodes: entries of its description's `details` name where they are,
 * and each node's pod bears the node's id as the value of one label. Nothing in a cluster is struck without a consent beside
 * that, which whoever may label things there gives: `meshcert.faults=allowed` on the namespace, or on every pod to be struck.
 */
export const podsDetails = {
  /** Of the kubeconfig: none is taken because it happens to be the current one. */
  context: 'podsContext',
  namespace: 'podsNamespace',
  /**
   * The key of the label whose value is the node's id, `meshcert.node` unless given. Pods of a StatefulSet that are named as
   * their nodes have `statefulset.kubernetes.io/pod-name`.
   */
  nodeLabel: 'podsNodeLabel',
} as const

export const podLabels = {
  /** The mesh node that the pod is. */
  node: 'meshcert.node',
  /** The consent: `allowed` lets faults in. */
  faults: 'meshcert.faults',
  /** Of every object that a fault has made: which fault. */
  fault: 'meshcert.fault',
} as const
export const consent = 'allowed'

/** On every object that a fault has made: when its lease ends, ISO 8601. Whoever finds it later may remove it. */
export const expiryAnnotation = 'meshcert.expires'
