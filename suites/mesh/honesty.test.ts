import { signingContexts, type BeaconBatch, type MeshPlane } from '../contract/mesh.ts'
import type { MeshWork } from '../contract/mesh-work.ts'
import { expectOk } from '../contract/outcome.ts'
import { seriesTotal } from '../evidence/series.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { beginCountingKeys, beginSilentPeer, observeEpochs } from './epochs.ts'
import { batchText, joinAs, newPeerKey, signText, type PeerKey } from './peer.ts'

const nodes = 100
const batches = 20
const beaconsPerBatch = 16

type Peer = { readonly id: string; readonly key: PeerKey; readonly other: PeerKey }
type Sent = { readonly scheduledAtMs: number; readonly postedAtMs: number; readonly answeredAtMs: number }
type Honesty = Pick<Scenario<'mesh'>, 'target' | 'observe'> & { readonly target: { readonly mesh: MeshPlane } }

// The suite joins as a peer with its own key. Genuine batches come first: until one is used and counted, no refusal
// proves anything. What the target then says of itself must agree with what this peer saw.
requirement('MESH-HONEST', ['mesh'], async ({ target, observe, random, log }) => {
  const { mesh } = target
  expectOk('formMesh', await mesh.formMesh({ nodes }))
  const endSilentPeer = await beginSilentPeer({ target, observe, random })
  const endCountingKeys = await beginCountingKeys({ target, observe, random })
  const key = newPeerKey()
  const id = await joinAs(mesh, `peer-${random.integer(0, 0x7fff_ffff)}`, key)
  const peer: Peer = { id, key, other: newPeerKey() }
  const scenario: Honesty = { target, observe }
  const before = expectOk('meshWork', await mesh.meshWork({}))
  const genuine = await postGenuine(scenario, peer)
  const controlled = expectOk('meshWork', await mesh.meshWork({}))
  observe.check(
    'positive control: genuine batches are used and their signatures counted',
    controlled.peerBeaconsUsed > before.peerBeaconsUsed &&
      controlled.peerSignaturesVerified - before.peerSignaturesVerified >= batches,
    `${controlled.peerBeaconsUsed - before.peerBeaconsUsed} used, ` +
      `${controlled.peerSignaturesVerified - before.peerSignaturesVerified} signatures verified`,
  )
  const refused = await postForgeries(scenario, peer, genuine)
  const after = expectOk('meshWork', await mesh.meshWork({}))
  await compareReceipts(scenario, peer, genuine)
  compareWork(observe, { before, after, used: genuine.size, refused })
  await compareExposition(scenario)
  await observeEpochs({ target, observe, random })
  await endSilentPeer()
  await endCountingKeys()
  expectOk('leaveMesh', await mesh.leaveMesh({ peerId: id }))
  log(`${genuine.size} genuine beacons in ${batches} batches, ${refused} forged batches`)
})

function makeBatch(peerId: string, first: number, scheduledAtMs: number): BeaconBatch {
  const beacons = Array.from({ length: beaconsPerBatch }, (_, index) => ({
    sequence: first + index,
    scheduledAtMs,
    payload: `beacon ${first + index}`,
  }))
  return { peerId, epoch: 0, beacons }
}

async function postGenuine({ target, observe }: Honesty, peer: Peer): Promise<Map<number, Sent>> {
  const { mesh, clock } = target
  const sent = new Map<number, Sent>()
  for (let index = 0; index < batches; index += 1) {
    const scheduledAtMs = clock.nowMs()
    const batch = batchText(makeBatch(peer.id, index * beaconsPerBatch, scheduledAtMs))
    const signature = signText(batch, peer.key, signingContexts.beacons)
    const postedAtMs = clock.nowMs()
    const { used, duplicates, usedAtMs, verifyMs } = expectOk(
      'postBeacons',
      await mesh.postBeacons({ peerId: peer.id, batch, signature }),
    )
    const answeredAtMs = clock.nowMs()
    const asked = `genuine batch ${index}`
    observe.check(
      `${asked}: all beacons used`,
      used === beaconsPerBatch && duplicates === 0,
      `${used}, ${duplicates} again`,
    )
    observe.check(
      `${asked}: used between post and answer`,
      usedAtMs >= postedAtMs && usedAtMs <= answeredAtMs,
      `used at ${usedAtMs}, posted at ${postedAtMs}, answered at ${answeredAtMs}`,
    )
    observe.check(
      `${asked}: verification took some of the time`,
      verifyMs > 0 && verifyMs <= answeredAtMs - postedAtMs,
      `${verifyMs} ms of ${answeredAtMs - postedAtMs} ms`,
    )
    for (let beacon = 0; beacon < beaconsPerBatch; beacon += 1) {
      sent.set(index * beaconsPerBatch + beacon, { scheduledAtMs, postedAtMs, answeredAtMs })
    }
  }
  return sent
}

/** Posts every kind of forgery; answers how many the target had to refuse. A forged copy must not spoil the genuine batch. */
async function postForgeries({ target, observe }: Honesty, peer: Peer, genuine: Map<number, Sent>): Promise<number> {
  const { mesh, clock } = target
  const first = batches * beaconsPerBatch
  const scheduledAtMs = clock.nowMs()
  const batch = batchText(makeBatch(peer.id, first, scheduledAtMs))
  const good = signText(batch, peer.key, signingContexts.beacons)
  const flipped = Buffer.from(good, 'base64')
  flipped[100] = (flipped[100] ?? 0) ^ 1
  const altered = batchText(makeBatch(peer.id, first, scheduledAtMs + 1))
  const foreign = batchText(makeBatch(`${peer.id}-other`, first, scheduledAtMs))
  const forgeries: readonly (readonly [string, string, string])[] = [
    ['one bit of the signature flipped', batch, flipped.toString('base64')],
    ['signature stripped', batch, ''],
    ['signature cut short', batch, good.slice(0, 2_000)],
    ['another text under a genuine signature', altered, good],
    ['signed under the context of joining', batch, signText(batch, peer.key, signingContexts.join)],
    ['signed without a context', batch, signText(batch, peer.key, '')],
    ["signed by another peer's key", batch, signText(batch, peer.other, signingContexts.beacons)],
    ['beacons in the name of another peer', foreign, signText(foreign, peer.key, signingContexts.beacons)],
  ]
  for (const [what, text, signature] of forgeries) {
    const answer = await mesh.postBeacons({ peerId: peer.id, batch: text, signature })
    const seen = answer.ok ? `${answer.value.used} used` : answer.error
    observe.check(`refused: ${what}`, !answer.ok && answer.definite, seen, { noise: !answer.ok })
  }
  const postedAtMs = clock.nowMs()
  const late = await mesh.postBeacons({ peerId: peer.id, batch, signature: good })
  const answeredAtMs = clock.nowMs()
  observe.check(
    'a genuine batch is used after forged copies of it',
    late.ok && late.value.used === beaconsPerBatch,
    late.ok ? `${late.value.used} used` : late.error,
  )
  for (let beacon = 0; beacon < beaconsPerBatch; beacon += 1) {
    genuine.set(first + beacon, { scheduledAtMs, postedAtMs, answeredAtMs })
  }
  const replayed = await mesh.postBeacons({ peerId: peer.id, batch, signature: good })
  const again = replayed.ok ? replayed.value.used : 0
  observe.check('a replayed batch is not used again', again === 0, `${again} used`, { noise: false })
  return forgeries.length
}

/** The peer's own receipts: exactly the genuine sequences, with their schedule, used while their post was under way. */
async function compareReceipts(
  { target, observe }: Honesty,
  peer: Peer,
  genuine: ReadonlyMap<number, Sent>,
): Promise<void> {
  const receipts = expectOk('peerReceipts', await target.mesh.peerReceipts({ peerId: peer.id }))
  const seen = new Set(receipts.map(({ sequence }) => sequence))
  const missing = [...genuine.keys()].filter((sequence) => !seen.has(sequence))
  const invented = [...seen].filter((sequence) => !genuine.has(sequence))
  observe.check('every genuine beacon has a receipt', missing.length === 0, `missing ${missing.slice(0, 5).join(', ')}`)
  observe.check(
    'no receipt without a genuine beacon',
    invented.length === 0,
    `invented ${invented.slice(0, 5).join(', ')}`,
  )
  observe.check('one receipt per beacon', seen.size === receipts.length, `${receipts.length} for ${seen.size}`)
  for (const { sequence, scheduledAtMs, usedAtMs } of receipts) {
    const sent = genuine.get(sequence)
    if (sent === undefined) continue
    observe.check(
      `receipt ${sequence} tells the times that the peer saw`,
      scheduledAtMs === sent.scheduledAtMs && usedAtMs >= sent.postedAtMs && usedAtMs <= sent.answeredAtMs,
      `scheduled ${scheduledAtMs}, used ${usedAtMs}, posted ${sent.postedAtMs}, answered ${sent.answeredAtMs}`,
    )
  }
}

type Counted = { readonly before: MeshWork; readonly after: MeshWork; readonly used: number; readonly refused: number }

const refusedTotal = (work: MeshWork): number => Object.values(work.refused).reduce((sum, count) => sum + count, 0)

function compareWork(observe: Scenario['observe'], { before, after, used, refused }: Counted): void {
  const usedByReport = after.peerBeaconsUsed - before.peerBeaconsUsed
  observe.measure('self-report-agreement', '1', Math.abs(usedByReport - used) / used)
  // Links may refuse datagrams of their own at the same time: fewer refusals than ours are a lie, more are not.
  const refusedByReport = refusedTotal(after) - refusedTotal(before)
  observe.measure('self-report-agreement', '1', Math.max(0, refused - refusedByReport) / refused)
}

/** `/metrics` is read between two readings of the counters, so it must lie between them. */
async function compareExposition({ target, observe }: Honesty): Promise<void> {
  const read = async () => expectOk('meshWork', await target.mesh.meshWork({}))
  const before = await read()
  const expositions = await target.exposition()
  const after = await read()
  const pairs: readonly (readonly [string, (work: MeshWork) => number])[] = [
    ['mesh_beacons_offered_total', (work) => work.beaconsOffered],
    ['mesh_beacons_used_total', (work) => work.beaconsUsed],
    ['mesh_peer_beacons_used_total', (work) => work.peerBeaconsUsed],
    ['mesh_refused_total', refusedTotal],
  ]
  for (const [series, of] of pairs) {
    const exposed = seriesTotal(expositions, series)
    const [low, high] = [of(before), of(after)]
    const outside = exposed === null ? Number.POSITIVE_INFINITY : Math.max(0, low - exposed, exposed - high)
    observe.check(`${series} is exposed`, exposed !== null, 'no sample')
    observe.measure('self-report-agreement', '1', exposed === null ? null : outside / Math.max(1, high))
  }
}
