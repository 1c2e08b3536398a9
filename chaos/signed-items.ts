/** What a peer of the suite signs, each with the verb that takes it: attacks on signatures go through all of them. */
import { signingContexts } from '../suites/contract/mesh.ts'
import type { Outcome } from '../suites/contract/outcome.ts'
import { readHeld } from '../suites/mesh/deltas.ts'
import type { Member } from '../suites/mesh/member.ts'
import { newPeerKey, signText, type PeerKey } from '../suites/mesh/peer.ts'
import { refusals } from './faults/compromise.ts'
import { outcomeOf, type Attacked } from './attacks.ts'

export type Purpose = keyof typeof signingContexts
export const signedPurposes = Object.keys(signingContexts) as readonly Purpose[]

/** Something that is signed, and the verb that takes it. */
export type SignedItem = {
  readonly purpose: Purpose
  readonly text: string
  readonly key: PeerKey
  readonly post: (signature: string) => Promise<Outcome<unknown>>
}

/** Signatures of an item that are none, with what is wrong about each. */
export type FalseSignatures = (item: SignedItem) => readonly (readonly [what: string, signature: string])[]

export function changed(signature: Buffer, change: (bytes: Buffer) => void): string {
  const copy = Buffer.from(signature)
  change(copy)
  return copy.toString('base64')
}

/** What the victim says, in the order in which it must be said: a root comes after its batches. */
function itemsOf({ mesh, random }: Attacked, victim: Member): readonly SignedItem[] {
  const { id: peerId, key } = victim
  const name = `newcomer-${random.integer(0, 0x7fff_ffff)}`
  const newcomer = newPeerKey()
  const { publicKey } = newcomer
  const batch = victim.batch(1, 0)
  const root = victim.root(1, [batch])
  return [
    {
      purpose: 'join',
      text: `${name}:${publicKey}`,
      key: newcomer,
      post: (signature) => mesh.joinMesh({ name, publicKey, signature }),
    },
    {
      purpose: 'beacons',
      text: batch,
      key,
      post: (signature) => mesh.postBeacons({ peerId, batch, signature }),
    },
    { purpose: 'root', text: root, key, post: (signature) => mesh.postRoot({ peerId, root, signature }) },
  ]
}

const deltaText = (peerId: string, sequence: number): string =>
  JSON.stringify({ peerId, sequence, payload: `delta ${sequence}` })

/** Every false signature of an item; the mesh must know each for what it is. Answers how many it has refused. */
async function tryFalse(item: SignedItem, falseOnes: FalseSignatures, { tried, hostile }: Attacked): Promise<number> {
  let refused = 0
  for (const [what, signature] of falseOnes(item)) {
    const answer = hostile(await item.post(signature))
    if (tried(`signature of ${item.purpose}: ${what}`, outcomeOf(answer))) refused += 1
  }
  return refused
}

async function tryGenuine({ purpose, text, key, post }: SignedItem, { check }: Attacked): Promise<void> {
  const answer = await post(signText(text, key, signingContexts[purpose]))
  check(`accepted after false copies of it: genuine ${purpose}`, answer.ok, answer.ok ? '' : answer.error)
}

/** A delta that nobody signed must not be kept either, though it was answered with a refusal. */
async function tryDeltas(victim: Member, falseOnes: FalseSignatures, attacked: Attacked): Promise<number> {
  const { mesh, check, tried } = attacked
  const { id: peerId, key } = victim
  const item = (sequence: number): SignedItem => {
    const delta = deltaText(peerId, sequence)
    return { purpose: 'delta', text: delta, key, post: (signature) => mesh.postDelta({ peerId, delta, signature }) }
  }
  const refused = await tryFalse(item(1), falseOnes, attacked)
  const { text: delta } = item(0)
  const signature = signText(delta, key, signingContexts.delta)
  const genuine = await mesh.postDelta({ peerId, delta, signature })
  check('accepted after false ones: genuine delta', genuine.ok, genuine.ok ? '' : genuine.error)
  if (!genuine.ok) return refused
  const { author, acceptedBy, heldBy } = genuine.value
  for (const node of [acceptedBy, ...heldBy]) {
    const kept = ((await readHeld(mesh, node)) ?? []).filter((held) => held.startsWith(`${author}/1/`))
    tried(`delta with a false signature, by ${node}`, kept.length === 0 ? 'refused' : 'accepted')
  }
  return refused
}

/**
 * Whatever the victim signs, with every false signature first and with its own after that; checks that the mesh counts each
 * refusal. Answers when it first told of one, null if it never did.
 */
export async function tryFalseSignatures(
  victim: Member,
  falseOnes: FalseSignatures,
  attacked: Attacked,
): Promise<number | null> {
  const { mesh, clock, check } = attacked
  const before = await refusals(mesh)
  let detectedAtMs: number | null = null
  let total = 0
  const add = async (refused: number): Promise<void> => {
    total += refused
    if (detectedAtMs === null && (await refusals(mesh)) > before) detectedAtMs = clock.nowMs()
  }
  for (const item of itemsOf(attacked, victim)) {
    await add(await tryFalse(item, falseOnes, attacked))
    await tryGenuine(item, attacked)
  }
  await add(await tryDeltas(victim, falseOnes, attacked))
  const counted = (await refusals(mesh)) - before
  // What links refuse for reasons of their own comes on top.
  check('every refusal is counted', counted >= total, `${counted} counted, ${total} answered`)
  return detectedAtMs
}
