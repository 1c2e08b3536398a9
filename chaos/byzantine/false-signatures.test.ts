import { signingContexts } from '../../suites/contract/mesh.ts'
import { expectOk, type Outcome } from '../../suites/contract/outcome.ts'
import type { Random } from '../../suites/contract/random.ts'
import { readHeld } from '../../suites/mesh/deltas.ts'
import { beaconsPerBatch, type Member } from '../../suites/mesh/member.ts'
import { newPeerKey, signText, type PeerKey } from '../../suites/mesh/peer.ts'
import { requirement } from '../../suites/requirement.ts'
import { refusals } from '../faults/compromise.ts'
import { joinMember, repeatAttack, type Attack, type Attacked } from '../attacks.ts'

type Purpose = keyof typeof signingContexts
const purposes = Object.keys(signingContexts) as readonly Purpose[]

/** Something that is signed, and the verb that takes it. */
type Item = {
  readonly purpose: Purpose
  readonly text: string
  readonly key: PeerKey
  readonly post: (signature: string) => Promise<Outcome<unknown>>
}

function changed(signature: Buffer, change: (bytes: Buffer) => void): string {
  const copy = Buffer.from(signature)
  change(copy)
  return copy.toString('base64')
}

/** Signatures that are none of this text by this key for this purpose, each wrong in one way. */
function falseSignatures({ purpose, text, key }: Item, liar: PeerKey, random: Random): readonly [string, string][] {
  const context = signingContexts[purpose]
  const good = Buffer.from(signText(text, key, context), 'base64')
  const [at, bit] = [random.integer(0, good.length - 1), 1 << random.integer(0, 7)]
  const others = purposes.filter((other) => other !== purpose)
  return [
    ['stripped', ''],
    ['one bit flipped', changed(good, (bytes) => bytes.writeUInt8(bytes.readUInt8(at) ^ bit, at))],
    ['cut short', good.subarray(0, random.integer(1, good.length - 1)).toString('base64')],
    ['one byte longer', Buffer.concat([good, Buffer.alloc(1)]).toString('base64')],
    ['nothing but zeros', changed(good, (bytes) => bytes.fill(0))],
    ['of another text', signText(`${text} `, key, context)],
    ['without a context', signText(text, key, '')],
    ...others.map((other): [string, string] => [`made for ${other}`, signText(text, key, signingContexts[other])]),
    ["the compromised member's own", signText(text, liar, context)],
  ]
}

/** What the victim says, in the order in which it must be said: a root comes after its batches. */
function itemsOf({ mesh, random }: Attacked, victim: Member): readonly Item[] {
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

type Tried = { readonly refused: number; readonly unanswered: number }

/** Every false signature of an item; the mesh must know each for what it is. */
async function tryFalse(item: Item, liar: PeerKey, { check, random }: Attacked): Promise<Tried> {
  const tried = { refused: 0, unanswered: 0 }
  for (const [what, signature] of falseSignatures(item, liar, random)) {
    const answer = await item.post(signature)
    const isRefused = !answer.ok && answer.definite
    if (isRefused) tried.refused += 1
    else if (!answer.ok) tried.unanswered += 1
    check(`refused, signature of ${item.purpose}: ${what}`, isRefused, answer.ok ? 'accepted' : answer.error, {
      noise: !answer.ok,
    })
  }
  return tried
}

async function tryGenuine({ purpose, text, key, post }: Item, { check }: Attacked): Promise<void> {
  const answer = await post(signText(text, key, signingContexts[purpose]))
  check(`accepted after false copies of it: genuine ${purpose}`, answer.ok, answer.ok ? '' : answer.error)
}

/** A delta that nobody signed must not be kept either, though it was answered with a refusal. */
async function tryDeltas(victim: Member, liar: PeerKey, attacked: Attacked): Promise<Tried> {
  const { mesh, check } = attacked
  const { id: peerId, key } = victim
  const item = (sequence: number): Item => {
    const delta = deltaText(peerId, sequence)
    return { purpose: 'delta', text: delta, key, post: (signature) => mesh.postDelta({ peerId, delta, signature }) }
  }
  const tried = await tryFalse(item(1), liar, attacked)
  const { text: delta } = item(0)
  const signature = signText(delta, key, signingContexts.delta)
  const genuine = await mesh.postDelta({ peerId, delta, signature })
  check('accepted after false ones: genuine delta', genuine.ok, genuine.ok ? '' : genuine.error)
  if (!genuine.ok) return tried
  const { author, acceptedBy, heldBy } = genuine.value
  for (const node of [acceptedBy, ...heldBy]) {
    const kept = ((await readHeld(mesh, node)) ?? []).filter((held) => held.startsWith(`${author}/1/`))
    check('no delta with a false signature is kept', kept.length === 0, `${node} holds ${kept.join(', ')}`, {
      noise: false,
    })
  }
  return tried
}

async function attack(attacked: Attacked): Promise<Attack> {
  const { mesh, clock, check } = attacked
  const [victim, liar] = [await joinMember(attacked), await joinMember(attacked)]
  const before = await refusals(mesh)
  const injectedAtMs = clock.nowMs()
  let detectedAtMs: number | null = null
  const total = { refused: 0, unanswered: 0 }
  const add = async ({ refused, unanswered }: Tried): Promise<void> => {
    total.refused += refused
    total.unanswered += unanswered
    if (detectedAtMs === null && (await refusals(mesh)) > before) detectedAtMs = clock.nowMs()
  }
  for (const item of itemsOf(attacked, victim)) {
    await add(await tryFalse(item, liar.key, attacked))
    await tryGenuine(item, attacked)
  }
  await add(await tryDeltas(victim, liar.key, attacked))
  const counted = (await refusals(mesh)) - before
  // What links refuse for reasons of their own comes on top.
  check('every refusal is counted', counted >= total.refused, `${counted} counted, ${total.refused} answered`)
  const receipts = await victim.receipts()
  const final = receipts.filter(({ state }) => state === 'final').length
  check(
    'all of the victim’s beacons are final, and nothing else is used in its name',
    final === receipts.length && final === beaconsPerBatch,
    `${final} of ${receipts.length} are final`,
  )
  for (const { id } of [victim, liar]) expectOk('leaveMesh', await mesh.leaveMesh({ peerId: id }))
  return { injectedAtMs, detectedAtMs, answered: total.unanswered === 0 }
}

// Whatever is signed (joining, beacons, roots, deltas) comes with every kind of false signature first, and with its own
// after that: a forgery must neither be used nor spoil what it imitates.
requirement('CHAOS-BYZ-1', ['mesh'], (scenario) => repeatAttack(scenario, { name: 'false signatures', attack }))
