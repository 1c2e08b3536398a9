import { sla } from '../../sla.config.ts'
import { signingContexts } from '../../suites/contract/mesh.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { beaconsPerBatch, type Member } from '../../suites/mesh/member.ts'
import { newPeerKey, signText, type PeerKey } from '../../suites/mesh/peer.ts'
import { joinMember, repeatAttack, type Attack, type Attacked } from '../attacks.ts'
import { refusals } from '../faults/compromise.ts'
import { requirement } from '../requirement.ts'

const { fault, during } = sla.chaos.rows['CHAOS-BYZ-6']
/** Between so many sybils an honest member says something. */
const sybilsBetween = 100

type Sybil = { readonly name: string; readonly key: PeerKey; readonly signature: string }

/** Made once: what a flood costs its sender is not what is asked. */
const sybils: Sybil[] = []
function newSybil(index: number): Sybil {
  const key = newPeerKey()
  const name = `sybil-${index}`
  return { name, key, signature: signText(`${name}:${key.publicKey}`, key, signingContexts.join) }
}

/** What an honest member says is used, and soon, whoever else comes. */
async function served(member: Member, epoch: number, { clock, check }: Attacked, who: string): Promise<void> {
  const fromMs = clock.nowMs()
  const posted = await member.post(member.batch(epoch, epoch * beaconsPerBatch))
  const tookMs = clock.nowMs() - fromMs
  const isUsed = posted.ok && posted.value.used === beaconsPerBatch
  check(`beacons of ${who} are used while sybils join`, isUsed, posted.ok ? `${posted.value.used} used` : posted.error)
  check(`${who} is answered within ${during.answerMsMax} ms`, tookMs <= during.answerMsMax, `${tookMs} ms`)
}

type Flood = Attack & { readonly joined: readonly string[] }

async function flood(old: Member, attacked: Attacked): Promise<Flood> {
  const { mesh, clock, hostile } = attacked
  const before = await refusals(mesh)
  const joined: string[] = []
  // A crowd of as many as may be kept is no flood yet: detection counts from the first one too many.
  let injectedAtMs = clock.nowMs()
  let detectedAtMs: number | null = null
  for (let index = 0; index < fault.sybils; index += 1) {
    const { name, key, signature } = (sybils[index] ??= newSybil(index))
    if (index === during.silentPeersMax) injectedAtMs = clock.nowMs()
    const answer = hostile(await mesh.joinMesh({ name, publicKey: key.publicKey, signature }))
    if (answer.ok) joined.push(answer.value.peerId)
    const isFlood = index >= during.silentPeersMax
    if (isFlood && detectedAtMs === null && (await refusals(mesh)) > before) detectedAtMs = clock.nowMs()
    if (index % sybilsBetween !== sybilsBetween - 1) continue
    await served(old, 1 + Math.floor(index / sybilsBetween), attacked, 'a member from before')
    const newcomer = await joinMember(attacked)
    await served(newcomer, 0, attacked, 'a member that joins among them')
    expectOk('leaveMesh', await mesh.leaveMesh({ peerId: newcomer.id }))
  }
  return { joined, injectedAtMs, detectedAtMs }
}

async function attack(attacked: Attacked): Promise<Attack> {
  const { mesh, check } = attacked
  const old = await joinMember(attacked)
  await served(old, 0, attacked, 'a member from before')
  const { joined, ...flooded } = await flood(old, attacked)
  const kept: string[] = []
  for (const peerId of joined) if ((await mesh.peerReceipts({ peerId })).ok) kept.push(peerId)
  const { silentPeersMax } = during
  check(
    `at most ${silentPeersMax} peers are kept that never said a thing`,
    kept.length <= silentPeersMax,
    `${kept.length}`,
  )
  const receipts = await old.receipts()
  const used = (1 + Math.floor(fault.sybils / sybilsBetween)) * beaconsPerBatch
  check(
    'the member from before has a receipt for all it said',
    receipts.length === used,
    `${receipts.length} of ${used}`,
  )
  for (const peerId of [...kept, old.id]) expectOk('leaveMesh', await mesh.leaveMesh({ peerId }))
  return flooded
}

// One compromised machine joins under hundreds of names with a key for each, and says nothing: those who take part are served
// as before, newcomers among them too, and the mesh neither keeps all of the names nor keeps quiet about it.
requirement('CHAOS-BYZ-6', ['mesh'], (scenario) => repeatAttack(scenario, { name: 'sybil flood', attack }))
