/**
 * The steady state of a mesh as a peer can see it: everyone who should be alive is up, knows exactly
 * the others that are, and has its links, all of them up and none to the dead.
 */
import type { Clock } from '../suites/contract/clock.ts'
import type { MeshNode, MeshPlane } from '../suites/contract/mesh.ts'
import { expectOk } from '../suites/contract/outcome.ts'
import { viewDigest } from '../suites/contract/view-digest.ts'
import type { Observe } from '../suites/evidence/recorder.ts'
import { fullWindow } from './effect.ts'

export type Expected = {
  /** Nodes that are alive as the suite knows it from its own faults. */
  readonly alive: ReadonlySet<string>
  /** Fewest links of a node. */
  readonly linksMin: number
  /** Lowest quality of a link, in beacons of its window; any unless given. */
  readonly qualityMin?: number
}

/** Why a node is not steady, or null. */
function unsteady(node: MeshNode, { alive, linksMin, qualityMin = 0 }: Expected, digest: string): string | null {
  if (node.state !== 'up') return `${node.id} is ${node.state}`
  if (node.viewSize !== alive.size) return `${node.id} knows ${node.viewSize} of ${alive.size}`
  if (node.viewDigest !== digest) return `${node.id} knows as many as are alive, but not just them`
  const stray = node.links.find(({ peer, state }) => state !== 'up' || !alive.has(peer))
  if (stray !== undefined) return `${node.id} has a link to ${stray.peer} that is ${stray.state}`
  const poor = node.links.find(({ quality }) => quality < qualityMin)
  if (poor !== undefined) return `${node.id} has a link to ${poor.peer} of quality ${poor.quality} of ${fullWindow}`
  return node.links.length < linksMin ? `${node.id} has ${node.links.length} of ${linksMin} links` : null
}

/** Finds the first thing that is not as expected, null in a steady mesh: who looks twenty times a second digests its members once. */
export function firstUnsteady(expected: Expected): (nodes: readonly MeshNode[]) => string | null {
  const digest = viewDigest(expected.alive)
  return (nodes) => {
    const known = new Map(nodes.map((node) => [node.id, node]))
    for (const id of expected.alive) {
      const node = known.get(id)
      const reason = node === undefined ? `${id} is missing` : unsteady(node, expected, digest)
      if (reason !== null) return reason
    }
    return null
  }
}

/**
 * What a healthy mesh of these nodes must look like later. One link less than the sparsest node has
 * now is allowed: with a bounded view and an odd number of free places one node must go without.
 */
export function expectedFrom(nodes: readonly MeshNode[]): Expected {
  const linksMin = Math.max(1, Math.min(...nodes.map(({ links }) => links.length)) - 1)
  return { alive: new Set(nodes.map(({ id }) => id)), linksMin }
}

export const readNodes = async (mesh: MeshPlane): Promise<readonly MeshNode[]> =>
  expectOk('meshNodes', await mesh.meshNodes({}))

export const steadyPollMs = 50

/** Waits until the mesh has been steady for `heldMs`; answers null, or what was still wrong after `timeoutMs`. */
export async function waitSteady(options: {
  readonly mesh: MeshPlane
  readonly clock: Clock
  readonly expected: Expected
  readonly heldMs: number
  readonly timeoutMs: number
}): Promise<string | null> {
  const { mesh, clock, expected, heldMs, timeoutMs } = options
  const deadlineMs = clock.nowMs() + timeoutMs
  const unsteadyIn = firstUnsteady(expected)
  let sinceMs: number | null = null
  for (;;) {
    const nowMs = clock.nowMs()
    const reason = unsteadyIn(await readNodes(mesh))
    sinceMs = reason === null ? (sinceMs ?? nowMs) : null
    if (sinceMs !== null && nowMs - sinceMs >= heldMs) return null
    if (nowMs > deadlineMs) return reason ?? `steady for less than ${heldMs} ms`
    await clock.sleep(steadyPollMs)
  }
}

/** How long a mesh must have been steady before anything is done to it, and how long is waited for that. */
export const calm = { heldMs: 1_000, timeoutMs: 20_000 } as const

/** The premise that a fault meets a mesh at rest; answers whether it does. */
export async function steadyBefore(
  observe: Pick<Observe, 'premise'>,
  watched: { readonly mesh: MeshPlane; readonly clock: Clock; readonly expected: Expected },
): Promise<boolean> {
  const trouble = await waitSteady({ ...watched, ...calm })
  observe.premise({
    claim: 'steady state before',
    measured: trouble === null ? 0 : 1,
    limit: 0,
    unit: 'meshes not steady',
    noise: false,
    ...(trouble === null ? {} : { detail: trouble }),
  })
  return trouble === null
}
