import { sla } from '../../sla.config.ts'
import { signingContexts, type MeshPlane, type PeerReceipt } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Scenario } from '../requirement.ts'
import { treeHead, wrongHeads } from './epoch-tree.ts'
import { holds } from './equivocation.ts'
import { batchesPerEpoch, beaconsPerBatch, Member } from './member.ts'
import { joinAs, newPeerKey, signText } from './peer.ts'

type Observed = Pick<Scenario<'mesh'>, 'target' | 'observe' | 'random'> & {
  readonly target: { readonly mesh: MeshPlane }
}

/** Two epochs are the promise; the rest is for the answer. */
const graceMs = 1_000

async function join({ target, random }: Observed): Promise<Member> {
  const key = newPeerKey()
  const id = await joinAs(target.mesh, `peer-${random.integer(0, 0x7fff_ffff)}`, key)
  return new Member(target.mesh, () => target.clock.nowMs(), { id, key })
}

const inState = (receipts: readonly PeerReceipt[], state: PeerReceipt['state']): number =>
  receipts.filter((receipt) => receipt.state === state).length

const beaconsPerEpoch = batchesPerEpoch * beaconsPerBatch

/** A peer that posts and never publishes a root; call the answer last, for it waits until two epochs are over. */
export async function beginSilentPeer(observed: Observed): Promise<() => Promise<void>> {
  const { target, observe } = observed
  const { epochMs } = expectOk('meshStatus', await target.mesh.meshStatus({})).timerProfile
  const peer = await join(observed)
  const fromMs = target.clock.nowMs()
  await peer.epoch(1)
  const early = await peer.receipts()
  observe.check(
    'beacons are provisional until their root comes',
    inState(early, 'provisional') === beaconsPerEpoch,
    `${inState(early, 'provisional')} of ${early.length}`,
  )
  return async () => {
    await target.clock.sleep(Math.max(0, fromMs + 2 * epochMs + graceMs - target.clock.nowMs()))
    const late = await peer.receipts()
    observe.check(
      'beacons whose root never came are retracted within two epochs',
      inState(late, 'retracted') === beaconsPerEpoch,
      `${inState(late, 'retracted')} of ${late.length} retracted, ${inState(late, 'final')} final`,
    )
    expectOk('leaveMesh', await target.mesh.leaveMesh({ peerId: peer.id }))
  }
}

/** A profile that the shared config does not declare changes its keys in every epoch. */
const declaredProfiles: Readonly<Record<string, { readonly rekeyEpochs: number }>> = sla.timerProfiles

/** Begins to count how often links change their keys; call the answer at the end. */
export async function beginCountingKeys({ target, observe }: Observed): Promise<() => Promise<void>> {
  const { mesh, clock } = target
  const { name, epochMs } = expectOk('meshStatus', await mesh.meshStatus({})).timerProfile
  const roundMs = epochMs * (declaredProfiles[name]?.rekeyEpochs ?? 1)
  const read = async () => expectOk('meshWork', await mesh.meshWork({})).linksRekeyed
  const [fromMs, before] = [clock.nowMs(), await read()]
  return async () => {
    const nodes = expectOk('meshNodes', await mesh.meshNodes({}))
    const links = nodes.reduce((sum, node) => sum + node.links.length, 0) / 2
    // The first of them may have begun just before: that many whole rounds lie within for sure.
    const rounds = Math.floor((clock.nowMs() - fromMs) / roundMs) - 1
    const rekeyed = (await read()) - before
    const due = links * rounds
    observe.check('links change their keys as declared', due > 0 && rekeyed >= due, `${rekeyed} changes of ${due} due`)
  }
}

/** Roots that are right, wrong, forged and doubled, each by a peer of its own where one would spoil another. */
export async function observeEpochs(observed: Observed): Promise<void> {
  const { target, observe } = observed
  const before = expectOk('meshWork', await target.mesh.meshWork({}))
  const final = await observeRoots(observed)
  await observeWrongTrees(observed)
  await observeReplays(observed)
  const after = expectOk('meshWork', await target.mesh.meshWork({}))
  const reported = after.peerBeaconsFinal - before.peerBeaconsFinal
  observe.measure('self-report-agreement', '1', Math.abs(reported - final) / final)
  await observeEquivocation(observed)
}

/** Answers how many beacons the right roots made final. */
async function observeRoots(observed: Observed): Promise<number> {
  const { observe } = observed
  const peer = await join(observed)
  const texts = await peer.epoch(1)
  const root = peer.root(1, texts)
  const good = signText(root, peer.key, signingContexts.root)
  const flipped = Buffer.from(good, 'base64')
  flipped[2_000] = (flipped[2_000] ?? 0) ^ 1
  const forgeries: readonly (readonly [string, string])[] = [
    ['one bit of the signature flipped', flipped.toString('base64')],
    ['signature stripped', ''],
    ['signed as a batch', signText(root, peer.key, signingContexts.beacons)],
    ['signed without a context', signText(root, peer.key, '')],
    ['signed by another key', signText(root, newPeerKey(), signingContexts.root)],
    ['a genuine signature of other words', signText(`${root} `, peer.key, signingContexts.root)],
  ]
  for (const [what, signature] of forgeries) {
    const answer = await peer.postRoot(root, signature)
    const seen = answer.ok ? `${answer.value.final} final` : answer.error
    observe.check(`refused root: ${what}`, !answer.ok && answer.definite, seen, { noise: !answer.ok })
  }
  const settled = await peer.postRoot(root, good)
  const receipts = await peer.receipts()
  observe.check(
    "an epoch's signed root makes its beacons final",
    settled.ok && settled.value.final === beaconsPerEpoch && inState(receipts, 'final') === beaconsPerEpoch,
    settled.ok ? `${settled.value.final} settled, ${inState(receipts, 'final')} final` : settled.error,
  )
  return beaconsPerEpoch
}

async function observeWrongTrees(observed: Observed): Promise<void> {
  const { observe } = observed
  const peer = await join(observed)
  const refused = async (what: string, root: string): Promise<void> => {
    const answer = await peer.postRoot(root)
    observe.check(`refused root: ${what}`, !answer.ok && answer.definite, answer.ok ? 'accepted' : answer.error, {
      noise: !answer.ok,
    })
  }
  let epoch = 10
  for (const [what, wrong] of Object.entries(wrongHeads)) {
    const texts = await peer.epoch(epoch)
    await refused(what, peer.root(epoch, texts, { head: wrong(texts) }))
    epoch += 1
  }
  const texts = await peer.epoch(epoch)
  await refused('the tree of another epoch', peer.root(epoch + 1, texts))
  await refused('a count that is not that of the batches', peer.root(epoch, texts, { batches: texts.length + 1 }))
  const receipts = await peer.receipts()
  observe.check('no wrong root makes a beacon final', inState(receipts, 'final') === 0, `${inState(receipts, 'final')}`)
}

/** Everything once more, at the near end of the window, at its edge and behind it. */
async function observeReplays(observed: Observed): Promise<void> {
  const { observe } = observed
  const peer = await join(observed)
  const wide = peer.batch(1, 0, 1_024)
  const next = peer.batch(1, 1_024)
  const used = async (text: string): Promise<number> => expectOk('postBeacons', await peer.post(text)).used
  const first = (await used(wide)) + (await used(next))
  const again = (await used(wide)) + (await used(next))
  observe.check('every beacon of a wide batch is used', first === 1_024 + beaconsPerBatch, `${first}`)
  observe.check('no beacon is used again, however old', again === 0, `${again} used again`, { noise: false })
}

async function observeEquivocation(observed: Observed): Promise<void> {
  const { target, observe } = observed
  const { mesh } = target
  const peer = await join(observed)
  const texts = await peer.epoch(1)
  const first = await peer.postRoot(peer.root(1, texts))
  observe.check('the first root of an epoch is taken', first.ok, first.ok ? '' : first.error)
  const second = await peer.postRoot(peer.root(1, texts, { head: treeHead([...texts, 'one more']) }))
  observe.check(
    'a second, different root is refused',
    !second.ok && second.definite,
    second.ok ? 'accepted' : second.error,
  )
  const known = expectOk('meshEvidence', await mesh.meshEvidence({})).find(({ origin }) => origin === peer.id)
  observe.check('the equivocation is known by its evidence', known !== undefined, `no evidence against ${peer.id}`)
  observe.check(
    'the evidence holds for a stranger',
    known !== undefined && holds(known, peer.key),
    'a signature does not verify, the key is another, or the statements are no two different roots of that epoch',
  )
  const batch = await peer.post(peer.batch(2, 100_000))
  observe.check(
    'who equivocated takes part no more',
    !batch.ok && batch.definite,
    batch.ok ? 'its batch was used' : batch.error,
  )
  const { publicKey } = peer.key
  const signature = signText(`again:${publicKey}`, peer.key, signingContexts.join)
  const back = await mesh.joinMesh({ name: 'again', publicKey, signature })
  observe.check('nor does it come back with its key', !back.ok && back.definite, back.ok ? 'joined' : back.error)
}
