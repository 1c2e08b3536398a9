/**
 * Keeps nodes down: their pods are deleted without grace, and so is each that their controller puts in their place, before it
 * runs. Whoever stops doing so has undone it: the next one is left alone.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { FaultyCluster, Pod, PodWatch } from './cluster.ts'

/**
 * A pod takes longer than that to run its first process (a sandbox alone 180 ms and more), and a controller that is given so
 * much time makes ten a second.
 */
const paceMs = 100
const backWithinMs = 30_000
const backPollMs = 200

export type PodOutage = {
  /** From then on nodes that are down are kept down. */
  readonly begin: () => Promise<void>
  readonly down: (node: string) => Promise<void>
  /** Lets its controller be; answers once a pod of it runs, or after 30 s. */
  readonly up: (node: string) => Promise<void>
  readonly end: () => void
  /** Nodes without a pod that runs. */
  readonly missing: () => Promise<readonly string[]>
}

export type PodOutageOptions = {
  readonly cluster: FaultyCluster
  /** Pods of these nodes that may be struck. */
  readonly selector: string
  /** All pods of these nodes: who comes back without the consent is back. */
  readonly allSelector: string
  readonly nodes: readonly string[]
  readonly nodeOf: (pod: Pod) => string
}

/** Watches anew whenever a watch has ended. */
async function follow(first: PodWatch, watch: () => Promise<PodWatch>, isOver: () => boolean): Promise<void> {
  await first.ended
  while (!isOver())
    try {
      // A controller may have got through meanwhile.
      await delay(paceMs)
      await (
        await watch()
      ).ended
    } catch {
      // Who does not answer now is asked again.
    }
}

export function podOutage({ cluster, selector, allSelector, nodes, nodeOf }: PodOutageOptions): PodOutage {
  const kept = new Set<string>()
  const doomed = new Set<string>()
  let isOver = false
  let stop = (): void => undefined

  const remove = async (pod: Pod): Promise<void> => {
    const { uid } = pod.metadata
    if (doomed.has(uid)) return
    doomed.add(uid)
    await delay(paceMs)
    while (kept.has(nodeOf(pod)))
      try {
        return await cluster.deletePod(pod)
      } catch {
        await delay(paceMs)
      }
    doomed.delete(uid)
  }
  const see = (pod: Pod): void => {
    if (kept.has(nodeOf(pod))) void remove(pod)
  }
  const watch = async (): Promise<PodWatch> => {
    const { pods, version } = await cluster.pods(selector)
    pods.forEach(see)
    const watching = cluster.watchPods(selector, version, see)
    stop = watching.stop
    if (isOver) stop()
    await watching.begun
    return watching
  }
  const missing = async (): Promise<readonly string[]> => {
    const { pods } = await cluster.pods(allSelector)
    const running = new Set(pods.filter(({ status }) => status.phase === 'Running').map(nodeOf))
    return nodes.filter((node) => !running.has(node))
  }
  return {
    begin: async () => void follow(await watch(), watch, () => isOver),
    down: async (node) => {
      kept.add(node)
      try {
        const { pods } = await cluster.pods(selector)
        await Promise.all(pods.filter((pod) => nodeOf(pod) === node).map(cluster.deletePod))
      } catch (error) {
        // Whoever follows lists the pods anew, and finds what is left.
        stop()
        throw error
      }
    },
    up: async (node) => {
      kept.delete(node)
      const deadlineMs = performance.now() + backWithinMs
      while ((await missing()).includes(node) && performance.now() < deadlineMs) await delay(backPollMs)
    },
    end: () => {
      isOver = true
      kept.clear()
      stop()
    },
    missing,
  }
}
