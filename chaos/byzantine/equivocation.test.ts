import { sla } from '../../sla.config.ts'
import { signingContexts, type Equivocation, type MeshPlane, type PeerRoot } from '../../suites/contract/mesh.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { treeHead } from '../../suites/mesh/epoch-tree.ts'
import { holds } from '../../suites/mesh/equivocation.ts'
import type { Member } from '../../suites/mesh/member.ts'
import { signText } from '../../suites/mesh/peer.ts'
import { joinMember, repeatAttack, type Attack, type Attacked } from '../attacks.ts'
import { requirement } from '../requirement.ts'

const pollMs = 50

const readEvidence = async (mesh: MeshPlane): Promise<readonly Equivocation[]> =>
  expectOk('meshEvidence', await mesh.meshEvidence({}))

/** Ways to tell another story about the same epoch. */
const others: readonly ((texts: readonly string[]) => Partial<PeerRoot>)[] = [
  (texts) => ({ head: treeHead([...texts, 'one more']) }),
  (texts) => ({ head: treeHead(texts.slice(0, -1)), batches: texts.length - 1 }),
  (texts) => ({ head: treeHead([...texts].reverse()) }),
  (texts) => ({ head: treeHead([...texts, 'one more']), batches: texts.length + 1 }),
]

/** What an honest member does: its root twice, and a root in its name that somebody else signed. */
async function honestEpoch(honest: Member, liar: Member, { check, hostile }: Attacked): Promise<void> {
  const texts = await honest.epoch(1)
  const framed = honest.root(1, texts, { head: treeHead([...texts, 'framed']) })
  const root = honest.root(1, texts)
  const answers = [
    await honest.postRoot(root),
    hostile(await honest.postRoot(framed, signText(framed, liar.key, signingContexts.root))),
    await honest.postRoot(root),
  ]
  const said = answers.map((answer) => (answer.ok ? 'taken' : answer.definite ? 'refused' : 'unanswered')).join(', ')
  check('a root is taken again, and none that another signed', said === 'taken, refused, taken', said)
}

/** The evidence against the liar as soon as the mesh tells it, or null after the time that detection may take. */
async function awaitEvidence({ mesh, clock }: Attacked, origin: string): Promise<Equivocation | null> {
  const deadlineMs = clock.nowMs() + 1_000 * sla.chaos.detectionS
  for (;;) {
    const known = (await readEvidence(mesh)).find((evidence) => evidence.origin === origin)
    if (known !== undefined || clock.nowMs() > deadlineMs) return known ?? null
    await clock.sleep(pollMs)
  }
}

/** Under whatever name: the key of a liar takes part no more. */
async function checkEvicted(sessions: readonly Member[], attacked: Attacked): Promise<void> {
  const { mesh, check } = attacked
  for (const session of sessions) {
    const batch = await session.post(session.batch(2, 100_000))
    const seen = batch.ok ? `${batch.value.used} beacons of ${session.id} were used` : batch.error
    check('who equivocated takes part no more', !batch.ok && batch.definite, seen, { noise: !batch.ok })
  }
  const [{ key } = { key: null }] = sessions
  if (key === null) return
  const { publicKey } = key
  const signature = signText(`again:${publicKey}`, key, signingContexts.join)
  const back = await mesh.joinMesh({ name: 'again', publicKey, signature })
  check('nor does it come back with its key', !back.ok && back.definite, back.ok ? 'joined' : back.error, {
    noise: !back.ok,
  })
}

async function attack(attacked: Attacked): Promise<Attack> {
  const { mesh, clock, check, hostile, random } = attacked
  const before = new Set((await readEvidence(mesh)).map(({ origin }) => origin))
  const [liar, honest] = [await joinMember(attacked), await joinMember(attacked)]
  const alias = await joinMember(attacked, liar.key)
  await honestEpoch(honest, liar, attacked)
  const texts = await liar.epoch(1)
  const first = await liar.postRoot(liar.root(1, texts))
  check('the first root of an epoch is taken', first.ok, first.ok ? '' : first.error)
  const other = others[random.integer(0, others.length - 1)]
  const injectedAtMs = clock.nowMs()
  const second = hostile(await liar.postRoot(liar.root(1, texts, other?.(texts))))
  check('a second, different root is refused', !second.ok && second.definite, second.ok ? 'taken' : second.error, {
    noise: !second.ok,
  })
  const known = await awaitEvidence(attacked, liar.id)
  const detectedAtMs = known === null ? null : clock.nowMs()
  check('the equivocation is told', known !== null, `no evidence against ${liar.id}`)
  check(
    'the evidence holds for a stranger',
    known !== null && holds(known, liar.key),
    'a signature does not verify, the key is another, or the statements are no two different roots of that epoch',
  )
  await checkEvicted([liar, alias], attacked)
  const accused = (await readEvidence(mesh)).filter(({ origin }) => !before.has(origin) && origin !== liar.id)
  check('nobody else is accused', accused.length === 0, accused.map(({ origin }) => origin).join(', '))
  const next = await honest.epoch(2)
  const root = await honest.postRoot(honest.root(2, next))
  check('an honest member goes on', root.ok, root.ok ? '' : root.error)
  expectOk('leaveMesh', await mesh.leaveMesh({ peerId: honest.id }))
  return { injectedAtMs, detectedAtMs }
}

// A member signs two roots for one epoch. Whoever has both can show them to anybody: the mesh must tell of it, with
// evidence that a stranger verifies, against this member and nobody else, under whatever name it takes part.
requirement('CHAOS-BYZ-4', ['mesh'], (scenario) => repeatAttack(scenario, { name: 'equivocation', attack }))
