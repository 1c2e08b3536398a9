/** A namespace of a cluster as far as faults are concerned. Every verb rejects with a ClusterRefusal that says what to do. */
import { z } from 'zod'
import { forbidden, ClusterRefusal, refusalOf } from './cluster-refusal.ts'
import { apisOf } from './kubernetes-client.ts'
import type { Labels } from './label-selector.ts'
import { NetworkPolicy } from './network-policy.ts'

export const ClusterPlace = z.strictObject({ context: z.string(), namespace: z.string() })
export type ClusterPlace = z.infer<typeof ClusterPlace>

const labels = z.record(z.string(), z.string()).default({})
const Namespace = z.object({ metadata: z.object({ labels }) })

const Pod = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    labels,
    ownerReferences: z.array(z.object({ kind: z.string(), controller: z.boolean().optional() })).default([]),
  }),
  status: z
    .object({ phase: z.string().default('Unknown'), podIPs: z.array(z.object({ ip: z.string() })).default([]) })
    .default({ phase: 'Unknown', podIPs: [] }),
})
export type Pod = z.infer<typeof Pod>

const Pods = z.object({ metadata: z.object({ resourceVersion: z.string() }), items: z.array(Pod) })
const Policies = z.object({ items: z.array(NetworkPolicy) })
const Review = z.object({ status: z.object({ allowed: z.boolean() }) })

/** What may be asked of a resource, in the words of Kubernetes' roles. */
export type Right = { readonly verb: string; readonly group: '' | 'networking.k8s.io'; readonly resource: string }

/** Pods as they come and change, until it ends for whatever reason: then whoever watches lists them anew. */
export type PodWatch = {
  /** Whatever comes from now on is seen, or it has ended. */
  readonly begun: Promise<void>
  readonly ended: Promise<void>
  readonly stop: () => void
}

export type FaultyCluster = {
  readonly namespaceLabels: () => Promise<Labels>
  readonly pods: (selector: string) => Promise<{ readonly pods: readonly Pod[]; readonly version: string }>
  readonly watchPods: (selector: string, version: string, onPod: (pod: Pod) => void) => PodWatch
  /** Without grace, and only this one: whoever has taken its name meanwhile is another. */
  readonly deletePod: (pod: Pod) => Promise<void>
  /** All without a selector. */
  readonly policies: (selector?: string) => Promise<readonly NetworkPolicy[]>
  readonly createPolicy: (body: object) => Promise<void>
  readonly annotatePolicy: (name: string, annotation: string, value: string) => Promise<void>
  readonly deletePolicy: (name: string) => Promise<void>
  /** Rejects, naming them, where one of these rights is missing. */
  readonly demandRights: (rights: readonly Right[]) => Promise<void>
}

/** Gone, or another one by now: what was to be deleted is not there. */
const isGone = (error: unknown): boolean =>
  error instanceof ClusterRefusal && (error.status === 404 || error.status === 409)

async function unlessGone(deleting: Promise<unknown>): Promise<void> {
  try {
    await deleting
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

type Apis = ReturnType<typeof apisOf>

const watchOf =
  ({ watch }: Apis, namespace: string): FaultyCluster['watchPods'] =>
  (labelSelector, resourceVersion, onPod) => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const onEvent = (type: string, object: unknown): void => {
      const pod = Pod.safeParse(object)
      if ((type === 'ADDED' || type === 'MODIFIED') && pod.success) onPod(pod.data)
    }
    const query = { labelSelector, resourceVersion }
    const asked = watch.watch(`/api/v1/namespaces/${namespace}/pods`, query, onEvent, end)
    return {
      begun: asked.then(() => undefined, end),
      ended,
      stop: () => void asked.then((request) => request.abort(), end),
    }
  }

/** The namespace, with the rights of its context. Throws for a context that is not there; nobody is asked yet. */
export function clusterAt({ context, namespace }: ClusterPlace): FaultyCluster {
  const apis = apisOf(context)
  const { server, core, networking, authorization } = apis
  const asked = { context, namespace, server }
  const ask = async (verb: string, resource: string, asking: Promise<unknown>): Promise<unknown> => {
    try {
      return await asking
    } catch (error) {
      throw refusalOf(error, { verb, resource, ...asked })
    }
  }
  const may = async ({ verb, group, resource }: Right): Promise<boolean> => {
    const body = { spec: { resourceAttributes: { namespace, verb, group, resource } } }
    const review = authorization.createSelfSubjectAccessReview({ body })
    return Review.parse(await ask('create', 'selfsubjectaccessreviews', review)).status.allowed
  }
  return {
    namespaceLabels: async () =>
      Namespace.parse(await ask('get', 'namespaces', core.readNamespace({ name: namespace }))).metadata.labels,
    pods: async (labelSelector) => {
      const listing = core.listNamespacedPod({ namespace, labelSelector })
      const { metadata, items } = Pods.parse(await ask('list', 'pods', listing))
      return { pods: items, version: metadata.resourceVersion }
    },
    watchPods: watchOf(apis, namespace),
    deletePod: ({ metadata: { name, uid } }) => {
      const body = { gracePeriodSeconds: 0, preconditions: { uid } }
      return unlessGone(ask('delete', 'pods', core.deleteNamespacedPod({ name, namespace, body })))
    },
    policies: async (labelSelector) => {
      const listing = networking.listNamespacedNetworkPolicy({ namespace, ...(labelSelector && { labelSelector }) })
      return Policies.parse(await ask('list', 'networkpolicies', listing)).items
    },
    createPolicy: async (body) =>
      void (await ask('create', 'networkpolicies', networking.createNamespacedNetworkPolicy({ namespace, body }))),
    annotatePolicy: async (name, annotation, value) => {
      const body = [{ op: 'add', path: `/metadata/annotations/${annotation}`, value }]
      await ask('patch', 'networkpolicies', networking.patchNamespacedNetworkPolicy({ name, namespace, body }))
    },
    deletePolicy: (name) =>
      unlessGone(ask('delete', 'networkpolicies', networking.deleteNamespacedNetworkPolicy({ name, namespace }))),
    demandRights: async (rights) => {
      const allowed = await Promise.all(rights.map(may))
      const missing = rights.filter((_, place) => allowed[place] !== true)
      if (missing.length === 0) return
      throw forbidden(
        { verb: '', resource: '', ...asked },
        missing.map(({ verb, resource }) => `${verb} ${resource}`),
      )
    },
  }
}
