import { sla } from '../../sla.config.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Remediation } from '../contract/remediation.ts'
import { joinAs, newPeerKey } from '../mesh/peer.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { readChain } from './final-read.ts'
import { postPatiently } from './post.ts'
import { attack, rollBack } from './remedy.ts'
import { threatSignals } from './signals.ts'

type Responding = Scenario<'events' | 'incidents' | 'remediation' | 'mesh'>
/** An event from a peer of the mesh, and what became of it. */
type Attack = {
  readonly eventId: string
  readonly peerId: string
  readonly postedAtMs: number
  answeredAtMs: number | null
  action: Remediation | null
}

/** The fewest for a p95, none of them over the limit, and a few for the escalation's stricter bound. */
const attacks = 80
/** Everyday events among them, for each attack: the first in a queue is not who must wait. */
const othersPerAttack = 5
const senders = 8
const pollMs = 50
/** Two seconds beyond the limit: by then it is known which are late. */
const patienceMs = sla.objectives['first-response'].limit + 2_000
const ends: readonly Remediation['state'][] = ['applied', 'failed', 'previewed']

/** Posts attacks of peers that have just joined, among everyday events, as fast as the target takes them. */
async function attackFromPeers(scenario: Responding): Promise<readonly Attack[]> {
  const { target, random, seed, scale } = scenario
  const { clock, mesh } = target
  const signal = threatSignals(random.stream('signals'))
  const begun: Attack[] = []
  const left = Array.from({ length: attacks * scale }, (_, index) => index).values()
  const send = async () => {
    for (const index of left) {
      const peerId = await joinAs(mesh, `attacker-${index}`, newPeerKey())
      for (let other = 0; other < othersPerAttack; other += 1)
        await postPatiently(target, { ...signal(), severity: 1, id: `${seed}/other/${index}/${other}` })
      const event = { ...signal(), ...attack, source: peerId, id: `${seed}/attack/${index}` }
      const postedAtMs = clock.nowMs()
      begun.push({ eventId: event.id, peerId, postedAtMs, answeredAtMs: null, action: null })
      await postPatiently(target, event)
    }
  }
  await Promise.all(Array.from({ length: senders }, send))
  return begun
}

/** Notes when each attack's action was first seen executed; a reading comes at most a poll too late. */
async function awaitActions({ target }: Responding, begun: readonly Attack[]): Promise<void> {
  const { clock, remediation } = target
  const deadlineMs = clock.nowMs() + patienceMs
  for (;;) {
    const open = begun.filter(({ action }) => action === null || !ends.includes(action.state))
    if (open.length === 0 || clock.nowMs() > deadlineMs) return
    for (const one of open) {
      const [first] = expectOk('remediations', await remediation.remediations({ eventId: one.eventId }))
      one.action = first ?? null
      if (first?.state === 'applied') one.answeredAtMs = clock.nowMs()
    }
    await clock.sleep(pollMs)
  }
}

async function incidentsOf({ target }: Responding): Promise<ReadonlySet<string>> {
  const known = new Set<string>()
  for (let after = 0; ;) {
    const page = expectOk('incidents', await target.incidents.incidents({ after, limit: 1_000 }))
    if (page.incidents.length === 0) return known
    for (const { eventId } of page.incidents) known.add(eventId)
    after = page.next
  }
}

/** What was never answered counts from its posting to the end of the wait: it took longer than that. */
async function observeResponses(scenario: Responding, begun: readonly Attack[]): Promise<void> {
  const { target, observe } = scenario
  const endedAtMs = target.clock.nowMs()
  const opened = await incidentsOf(scenario)
  const audited = new Set(
    (await readChain(target.events)).flatMap(({ kind, eventId }) => (kind === 'remediated' ? eventId : [])),
  )
  for (const { eventId, peerId, postedAtMs, answeredAtMs, action } of begun) {
    observe.check('an attack opens an incident', opened.has(eventId), eventId)
    const seen = `${peerId}: ${action === null ? 'there is none' : `${action.state}, ${action.reason}`}`
    observe.check('an incident is answered by an action', answeredAtMs !== null, seen)
    const isTold = answeredAtMs === null || audited.has(eventId)
    observe.check('an executed action is in the audit trail', isTold, `that of ${eventId} is not`)
    observe.duration('first-response', (answeredAtMs ?? endedAtMs) - postedAtMs)
  }
}

requirement('EVT-RESPOND', ['events', 'incidents', 'remediation', 'mesh'], async (scenario) => {
  const { target, observe } = scenario
  const begun = await attackFromPeers(scenario)
  await awaitActions(scenario, begun)
  await observeResponses(scenario, begun)
  for (const { action } of begun) if (action !== null) await rollBack(scenario, action)
  for (const { peerId } of begun) {
    const left = await target.mesh.leaveMesh({ peerId })
    observe.check('a peer is free to leave afterwards', left.ok, peerId)
  }
})
