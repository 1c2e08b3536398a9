/**
 * How a target on the containers tier says which containers are its nodes: an entry of its description's `details` names the
 * value of the label `run`, and each node's container bears the node's id under `node`. That label is also a consent: nothing
 * else is ever struck from outside.
 */
export const containersDetail = 'containers'

export const containerLabels = {
  /** Of everything that belongs to one start of a target: containers and networks. */
  run: 'meshcert.run',
  /** The mesh node that the container is. */
  node: 'meshcert.node',
} as const
