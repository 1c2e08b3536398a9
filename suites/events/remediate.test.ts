import type { ThreatEvent } from '../contract/events.ts'
import { signingContexts } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Remediation } from '../contract/remediation.ts'
import { batchText, joinAs, newPeerKey, signText, type PeerKey } from '../mesh/peer.ts'
import { requirement } from '../requirement.ts'
import { attack, checkAudit, ended, post, promised, readOf, rollBack, type Remedied } from './remedy.ts'

const flood = { batches: 3, beacons: 1_024 } as const
const secondMs = 1_000

const serious = { kind: 'dos', severity: 7, confidence: 1 } as const
/** Just below the least risk for an action. */
const noticeable = { kind: 'dos', severity: 5.9, confidence: 1 } as const

type Peer = { readonly id: string; readonly key: PeerKey; sent: number }

async function join({ target }: Remedied, name: string): Promise<Peer> {
  const key = newPeerKey()
  return { id: await joinAs(target.mesh, name, key), key, sent: 0 }
}

/** Posts one batch of a peer; answers `used`, or the status of the refusal. */
async function send({ target }: Remedied, peer: Peer, count: number): Promise<'used' | number> {
  const scheduledAtMs = target.clock.nowMs()
  const beacons = Array.from({ length: count }, (_, index) => ({
    sequence: peer.sent + index,
    scheduledAtMs,
    payload: '',
  }))
  peer.sent += count
  const batch = batchText({ peerId: peer.id, epoch: 0, beacons })
  const signature = signText(batch, peer.key, signingContexts.beacons)
  const outcome = await target.mesh.postBeacons({ peerId: peer.id, batch, signature })
  if (outcome.ok) return outcome.value.used === count ? 'used' : 0
  return outcome.status ?? 0
}

/** What becomes of a peer that sends a little, and then as much as it can. */
async function treatment(scenario: Remedied, peer: Peer): Promise<string> {
  const little = await send(scenario, peer, 1)
  const much: (number | 'used')[] = []
  for (let batch = 0; batch < flood.batches; batch += 1) much.push(await send(scenario, peer, flood.beacons))
  if (little === 'used' && much.every((one) => one === 'used')) return 'free'
  if (little === 'used' && much.includes(429)) return 'limited'
  if (little === 403 && much.every((one) => one === 403)) return 'blocked'
  return `a little: ${little}, much: ${much.join(', ')}`
}

type Case = {
  readonly name: string
  readonly signs: Pick<ThreatEvent, 'kind' | 'severity' | 'confidence'>
  /** How the action ends, null where there is none, and how the peer is treated then. */
  readonly state: Remediation['state'] | null
  readonly treated: string
}

/** One peer before, under and after the action that its event sets off. */
async function observePeer(scenario: Remedied, { name, signs, state, treated }: Case): Promise<readonly Remediation[]> {
  const { target, observe } = scenario
  const peer = await join(scenario, name)
  const before = await treatment(scenario, peer)
  observe.check('a peer is free before', before === 'free', `${peer.id}: ${before}`)
  const eventId = await post(scenario, { name, source: peer.id, ...signs })
  // Sent twice, an event is still one: it sets nothing off again.
  await post(scenario, { name, source: peer.id, ...signs })
  const found = state === null ? await readLater(scenario, eventId) : await ended(scenario, [eventId])
  const told = found.map((one) => one.state).join(', ')
  const claim = `only a risk of ${promised.riskMin} or more sets an action off, and a dry run none`
  observe.check(claim, told === (state ?? ''), `${name}, ${peer.id}: ${told || 'nothing'}`)
  // A limit may be one of each second: each treatment has a second of its own.
  await target.clock.sleep(secondMs)
  const after = await treatment(scenario, peer)
  observe.check('an action does in the mesh what it says', after === treated, `${name}, ${peer.id} is ${after}`)
  for (const one of found) await rollBack(scenario, one)
  await target.clock.sleep(secondMs)
  const restored = await treatment(scenario, peer)
  observe.check('a rollback restores the state before', restored === 'free', `${name}, ${peer.id} is ${restored}`)
  expectOk('leaveMesh', await target.mesh.leaveMesh({ peerId: peer.id }))
  return found
}

/** Peers are limited, blocked or left alone by what their events weigh; a dry run leaves them alone, too. */
async function observePeers(scenario: Remedied): Promise<readonly Remediation[]> {
  const { remediation } = scenario.target
  expectOk('setRemediationPolicy', await remediation.setRemediationPolicy({ enabled: true, dryRun: true }))
  const previewed = await observePeer(scenario, {
    name: 'previewed',
    signs: attack,
    state: 'previewed',
    treated: 'free',
  })
  expectOk('setRemediationPolicy', await remediation.setRemediationPolicy({ enabled: true, dryRun: false }))
  const cases: readonly Case[] = [
    { name: 'blocked', signs: attack, state: 'applied', treated: 'blocked' },
    { name: 'limited', signs: serious, state: 'applied', treated: 'limited' },
    { name: 'harmless', signs: noticeable, state: null, treated: 'free' },
  ]
  return [...previewed, ...(await Promise.all(cases.map((one) => observePeer(scenario, one)))).flat()]
}

/** For what should not be there: as long as an action would take to appear. */
async function readLater(scenario: Remedied, eventId: string): Promise<readonly Remediation[]> {
  await scenario.target.clock.sleep(secondMs)
  return readOf(scenario, eventId)
}

requirement('EVT-REMEDIATE', ['events', 'remediation', 'mesh'], async (scenario) => {
  const { observe } = scenario
  const { remediation } = scenario.target
  const policy = expectOk('remediationPolicy', await remediation.remediationPolicy({}))
  const seen = JSON.stringify(policy)
  observe.check('enabled and not dry run by default', policy.enabled && !policy.dryRun, seen, { noise: false })
  try {
    await checkAudit(scenario, await observePeers(scenario))
  } finally {
    const { enabled, dryRun } = policy
    expectOk('setRemediationPolicy', await remediation.setRemediationPolicy({ enabled, dryRun }))
  }
})
