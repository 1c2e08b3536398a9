import { createHash } from 'node:crypto'
import { signingContexts, type HeldDelta, type MeshPlane } from '../contract/mesh.ts'
import { expectOk, type Outcome } from '../contract/outcome.ts'
import type { Observe } from '../evidence/recorder.ts'
import { joinAs, newPeerKey, signText } from './peer.ts'

/** A post that failed may be repeated: the same text is the same delta. */
const triesMax = 3

export type Posted = { readonly id: string; readonly outcome: Outcome<PostAnswer> }
type PostAnswer = Extract<Awaited<ReturnType<MeshPlane['postDelta']>>, { ok: true }>['value']

/** A peer of the suite that writes deltas, one number after the other. */
export type DeltaPeer = { readonly post: (payload: string) => Promise<Posted> }

/** As the histories name an element: a text that was altered on the way is another element. */
const nameOf = ({ author, sequence, delta }: HeldDelta): string =>
  `${author}/${sequence}/${createHash('sha256').update(delta).digest('hex').slice(0, 16)}`

export type DeltaScene = { readonly mesh: MeshPlane; readonly observe: Observe; readonly world: string }

type Writing = Omit<DeltaScene, 'observe'> & { readonly observe: Pick<Observe, 'history'> }

/** Joins with a key of its own; every attempt goes into the history of `world`. */
export async function joinDeltaPeer({ mesh, observe, world }: Writing, name: string): Promise<DeltaPeer> {
  const key = newPeerKey()
  const peerId = await joinAs(mesh, name, key)
  const author = createHash('sha256').update(Buffer.from(key.publicKey, 'base64')).digest('hex').slice(0, 32)
  let sequence = 0
  return {
    post: async (payload) => {
      const delta = JSON.stringify({ peerId, sequence, payload })
      const id = nameOf({ author, sequence, delta })
      const signature = signText(delta, key, signingContexts.delta)
      sequence += 1
      for (let tries = 1; ; tries += 1) {
        const outcome = await mesh.postDelta({ peerId, delta, signature })
        const said = outcome.ok ? 'ok' : outcome.definite ? 'definite' : 'indefinite'
        observe.history('deltas-converged', { type: 'posted', mesh: world, id, outcome: said })
        if (outcome.ok || tries === triesMax) return { id, outcome }
      }
    },
  }
}

/** Everything that a node holds; null while it is down. */
export async function readHeld(mesh: MeshPlane, node: string): Promise<readonly string[] | null> {
  const held: string[] = []
  for (let after = 0; ;) {
    const page = await mesh.meshDeltas({ node, after })
    if (!page.ok && page.status === 503) return null
    const { next, deltas } = expectOk('meshDeltas', page)
    held.push(...deltas.map(nameOf))
    if (deltas.length === 0) return held
    after = next
  }
}

/** What is held before the first post: another row may have written to a mesh that was there. */
export async function observeFound({ mesh, observe, world }: DeltaScene, nodes: readonly string[]): Promise<void> {
  const ids = new Set<string>()
  for (const node of nodes) for (const id of (await readHeld(mesh, node)) ?? []) ids.add(id)
  if (ids.size > 0) observe.history('deltas-converged', { type: 'found', mesh: world, ids: [...ids].toSorted() })
}

/** A quiesced read of these nodes; equal sets are written down once. Answers how many different ones there were. */
export async function observeHeld(
  { mesh, observe, world }: DeltaScene,
  read: string,
  nodes: readonly string[],
): Promise<number> {
  observe.history('deltas-converged', { type: 'holders', mesh: world, read, nodes: [...nodes] })
  const written = new Set<string>()
  for (const node of nodes) {
    const held = await readHeld(mesh, node)
    if (held === null) continue
    const ids = held.toSorted()
    const set = createHash('sha256').update(ids.join('\n')).digest('hex').slice(0, 16)
    if (!written.has(set)) observe.history('deltas-converged', { type: 'set', mesh: world, set, ids })
    written.add(set)
    observe.history('deltas-converged', { type: 'held', mesh: world, read, node, set })
  }
  return written.size
}

/**
 * An acknowledgement names the accepting node and two neighbours that hold the delta: at that very
 * moment it must be in each one's log, unless the node has died since. Answers whether it is.
 */
export async function observeHolders({ mesh, observe }: DeltaScene, { id, outcome }: Posted): Promise<boolean> {
  if (!outcome.ok) return true
  const { acceptedBy, heldBy } = outcome.value
  const neighbours = new Set(heldBy.filter((node) => node !== acceptedBy))
  observe.check(
    'an acknowledged delta is held by the accepting node and two of its neighbours',
    neighbours.size >= 2,
    `${id} is said to be held by ${[acceptedBy, ...neighbours].join(', ')}`,
    { noise: false },
  )
  let all = true
  for (const node of [acceptedBy, ...neighbours]) {
    const held = await readHeld(mesh, node)
    const holds = held === null || held.includes(id)
    all &&= holds
    observe.check('who is named as a holder of an acknowledged delta holds it', holds, `${node} does not hold ${id}`)
  }
  return all
}
