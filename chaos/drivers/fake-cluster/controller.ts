/**
 * Fake: a controller that keeps one pod for each node, as a StatefulSet's does, and a kubelet that lets them run. A pod that is
 * deleted comes back under its name as another one.
 */
import { podLabels } from '../../../suites/contract/pods.ts'
import type { VersionedStore } from './versioned-store.ts'

export type FakeControllerOptions = {
  readonly store: VersionedStore
  readonly nodes: readonly string[]
  /** Besides the one that names the node. */
  readonly labels?: Readonly<Record<string, string>>
  /** From the end of a pod to the next, and from a pod to its first process. */
  readonly createMs?: number
  readonly startMs?: number
}

const pods = 'pods'

/** The answer stops it. */
export function fakeController({ store, nodes, labels = {}, createMs = 5, startMs = 250 }: FakeControllerOptions) {
  let addresses = 0
  const turns = new Set<NodeJS.Timeout>()
  const later = (ms: number, act: () => void): void => void turns.add(setTimeout(act, ms))
  const run = (node: string, uid: string): void => {
    const pod = store.get(pods, node)
    if (pod === undefined || pod.metadata.uid !== uid) return
    addresses += 1
    store.change(pods, { ...pod, status: { phase: 'Running', podIPs: [{ ip: `10.0.0.${addresses}` }] } })
  }
  const create = (node: string): string => {
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'mesh', uid: 'set', controller: true }]
    const metadata = { name: node, labels: { ...labels, [podLabels.node]: node }, ownerReferences }
    return store.add(pods, { metadata, status: { phase: 'Pending' } }).metadata.uid
  }
  // What there is at first runs.
  for (const node of nodes) run(node, create(node))
  const stop = store.subscribe(({ type, resource, object }) => {
    const { name } = object.metadata
    if (type !== 'DELETED' || resource !== pods || !nodes.includes(name)) return
    later(createMs, () => {
      const uid = create(name)
      later(startMs, () => run(name, uid))
    })
  })
  return (): void => {
    stop()
    for (const turn of turns) clearTimeout(turn)
  }
}
