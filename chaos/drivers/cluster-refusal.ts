/** Why a cluster did not do what it was asked for, and what to do about it. */
export class ClusterRefusal extends Error {
  /** The HTTP status, or null where nobody answered. */
  readonly status: number | null

  constructor(message: string, status: number | null) {
    super(message)
    this.status = status
  }
}

export type Asked = {
  /** The verb and the resource, as Kubernetes' own roles name them. */
  readonly verb: string
  readonly resource: string
  readonly context: string
  readonly namespace: string
  readonly server: string
}

/** Where docs/CHAOS.md says which rights faults need. */
const role = 'give it the Role of docs/CHAOS.md, "In a cluster"'

const statusMin = 100

/** Null for what is no answer: time-outs have small numbers of their own. */
const statusOf = (error: unknown): number | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' && error.code >= statusMin
    ? error.code
    : null

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

/** What the API server says of it, without its headers. */
function said(error: unknown): string {
  const body: unknown = error instanceof Error && 'body' in error ? error.body : undefined
  if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message)
  return typeof body === 'string' && body !== '' ? body : 'no reason given'
}

/** Whoever may not do something in a namespace. */
export const forbidden = ({ context, namespace }: Asked, rights: readonly string[]): ClusterRefusal =>
  new ClusterRefusal(`Context ${context} may not ${rights.join(', ')} in namespace ${namespace}: ${role}.`, 403)

export function refusalOf(error: unknown, asked: Asked): ClusterRefusal {
  const { verb, resource, context, namespace, server } = asked
  const status = statusOf(error)
  if (status === null)
    return new ClusterRefusal(
      `The API server of context ${context}, ${server}, does not answer: ${causeOf(error)}. \`kubectl --context ${context} get --raw /readyz\` shows whether it is there.`,
      null,
    )
  if (status === 401)
    return new ClusterRefusal(
      `The API server of context ${context}, ${server}, does not know who asks (401): log in anew, until \`kubectl --context ${context} auth whoami\` answers.`,
      status,
    )
  if (status === 403) return forbidden(asked, [`${verb} ${resource}`])
  if (status === 404 && resource === 'namespaces')
    return new ClusterRefusal(
      `There is no namespace ${namespace} in the cluster of context ${context}: the target's description must name its own.`,
      status,
    )
  return new ClusterRefusal(
    `The cluster of context ${context} refused to ${verb} ${resource} in namespace ${namespace} (${status}): ${said(error)}`,
    status,
  )
}
