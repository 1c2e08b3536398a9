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

/** What has been posted so far, and when nothing more was. */
type Load = { readonly begun: Attack[]; endedAtMs: number | null; isBroken: boolean }

/**
 * Posts attacks of peers that have just joined, among everyday events, as fast as the target takes them. Rejects when all
 * senders have ended: one that goes on would meet the row after this.
 */
async function attackFromPeers(scenario: Responding, load: Load): Promise<void> {
  const { target, random, seed, scale } = scenario
  const { clock, mesh } = target
  const signal = threatSignals(random.stream('signals'))
  const left = Array.from({ length: attacks * scale }, (_, index) => index).values()
  const send = async () => {
    for (const index of left) {
      if (load.isBroken) return
      const peerId = await joinAs(mesh, `attacker-${index}`, newPeerKey())
      for (let other = 0; other < othersPerAttack; other += 1)
        await postPatiently(target, { ...signal(), severity: 1, id: `${seed}/other/${index}/${other}` })
      const event = { ...signal(), ...attack, source: peerId, id: `${seed}/attack/${index}` }
      const postedAtMs = clock.nowMs()
      load.begun.push({ eventId: event.id, peerId, postedAtMs, answeredAtMs: null, action: null })
      await postPatiently(target, event)
    }
  }
  const sending = Array.from({ length: senders }, send)
  for (const one of sending) one.catch(() => (load.isBroken = true))
  await Promise.allSettled(sending)
  await Promise.all(sending)
  load.endedAtMs = clock.nowMs()
}

/**
 * Notes when each attack's action was first seen executed, from the first one on: no earlier than it was, and later by no more
 * than a poll and a round of readings. Ends when all have come to an end, or so long after the load.
 */
async function awaitActions({ target }: Responding, load: Load): Promise<void> {
  const { clock, remediation } = target
  for (;;) {
    const { endedAtMs, isBroken } = load
    const open = load.begun.filter(({ action }) => action === null || !ends.includes(action.state))
    const isOver = endedAtMs !== null && (open.length === 0 || clock.nowMs() > endedAtMs + patienceMs)
    if (isOver || isBroken) return
    for (const one of open) {
      // What is not taken in yet is not known to the target.
      const told = await remediation.remediations({ eventId: one.eventId })
      const [first] = !told.ok && told.status === 404 ? [] : expectOk('remediations', told)
      one.action = first ?? null
      if (first?.state === 'applied') one.answeredAtMs = clock.nowMs()
    }
    await clock.sleep(pollMs)
  }
}

/** The load and the watch of what it sets off, side by side; both have ended before either's failure is told. */
async function attackAndWatch(scenario: Responding): Promise<readonly Attack[]> {
  const load: Load = { begun: [], endedAtMs: null, isBroken: false }
  const parts = [attackFromPeers(scenario, load), awaitActions(scenario, load)]
  const broken = () => (load.isBroken = true)
  for (const part of parts) part.catch(broken)
  await Promise.allSettled(parts)
  await Promise.all(parts)
  return load.begun
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

/** What was never answered, because its action failed for instance, counts as long as anybody waits: it took longer than that. */
async function observeResponses(scenario: Responding, begun: readonly Attack[]): Promise<void> {
  const { target, observe } = scenario
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
    observe.duration('first-response', answeredAtMs === null ? patienceMs : answeredAtMs - postedAtMs)
  }
}

requirement('EVT-RESPOND', ['events', 'incidents', 'remediation', 'mesh'], async (scenario) => {
  const { target, observe } = scenario
  const begun = await attackAndWatch(scenario)
  await observeResponses(scenario, begun)
  for (const { action } of begun) if (action !== null) await rollBack(scenario, action)
  for (const { peerId } of begun) {
    const left = await target.mesh.leaveMesh({ peerId })
    observe.check('a peer is free to leave afterwards', left.ok, peerId)
  }
})
