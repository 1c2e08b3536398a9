import fc from 'fast-check'
import { incidentStates, type Incident, type IncidentState } from '../contract/incidents.ts'
import type { AuditEntry, ThreatEvent } from '../contract/events.ts'
import { expectOk } from '../contract/outcome.ts'
import { startReceiver } from '../contract/receiver-target.ts'
import type { Scenario } from '../requirement.ts'
import { quiesce, readChain } from './final-read.ts'
import { postPatiently } from './post.ts'
import { threatSignals } from './signals.ts'

type Handled = Scenario<'events' | 'incidents'>

const count = 6
const movesPerWalk = 24
const pageSize = 500
const openWithinMs = 10_000
const pollMs = 100

const severe = { kind: 'u2r', severity: 10, confidence: 1 } as const
const harmless = { kind: 'normal', severity: 1, confidence: 1 } as const
const nextOf = (state: IncidentState) => incidentStates[incidentStates.indexOf(state) + 1]

async function readIncidents({ target }: Handled): Promise<readonly Incident[]> {
  const all: Incident[] = []
  for (let after = 0; ;) {
    const page = expectOk('incidents', await target.incidents.incidents({ after, limit: pageSize }))
    if (page.incidents.length === 0) return all
    if (page.next <= after) throw new Error(`incidents repeats cursor ${page.next}: a cursor must move on with a page.`)
    all.push(...page.incidents)
    after = page.next
  }
}

/** Posts attacks and everyday signals; answers the incidents of the attacks, in their order. */
async function openIncidents(scenario: Handled): Promise<readonly Incident[]> {
  const { target, observe, random, seed, scale } = scenario
  const { clock, events } = target
  const signal = threatSignals(random.stream('signals'))
  const draw = (name: string, own: Partial<ThreatEvent>) =>
    Array.from({ length: count * scale }, (_, index) => ({ ...signal(), ...own, id: `${seed}/${name}/${index}` }))
  const [attacks, others] = [draw('attack', severe), draw('other', harmless)]
  for (const event of [...attacks, ...others]) await postPatiently(target, event)
  await quiesce(events, clock)
  const ofEvent = async () => Map.groupBy(await readIncidents(scenario), ({ eventId }) => eventId)
  const deadlineMs = clock.nowMs() + openWithinMs
  let opened = await ofEvent()
  while (attacks.some(({ id }) => !opened.has(id)) && clock.nowMs() < deadlineMs) {
    await clock.sleep(pollMs)
    opened = await ofEvent()
  }
  for (const { id } of attacks) {
    const n = opened.get(id)?.length ?? 0
    observe.check('an attack opens one incident', n === 1, `${id} opened ${n}`)
  }
  const alarmed = others.find(({ id }) => opened.has(id))
  observe.check('a harmless event opens none', alarmed === undefined, `${alarmed?.id} did`, { noise: false })
  return attacks.flatMap(({ id }) => opened.get(id)?.slice(0, 1) ?? [])
}

const statesOf = ({ timeline }: Incident) => timeline.map(({ state }) => state)

/** Asks for a move and holds the answer against the one order that is legal; answers the state after it. */
async function move(scenario: Handled, id: string, from: IncidentState, to: IncidentState): Promise<IncidentState> {
  const { target, observe } = scenario
  const outcome = await target.incidents.moveIncident({ id, to, by: 'suite', note: `from ${from}` })
  const isLegal = to === nextOf(from)
  const seen = `${from} to ${to}: ${outcome.ok ? 'moved' : outcome.error}`
  if (isLegal) {
    observe.check('a legal move is made', outcome.ok && outcome.value.state === to, seen)
    return outcome.ok ? to : from
  }
  const isRefused = !outcome.ok && outcome.definite && outcome.status === 409
  // Another failure than the refusal may be that of a machine that is too slow.
  observe.check('an illegal move is refused', isRefused, seen, { noise: !outcome.ok })
  return from
}

/** From each state every state is asked for, the next one by two at the same time. */
async function walkThrough(scenario: Handled, { id }: Incident): Promise<void> {
  const { target, observe } = scenario
  for (const [index, from] of incidentStates.entries()) {
    const next = incidentStates[index + 1]
    for (const to of incidentStates) if (to !== next) await move(scenario, id, from, to)
    if (next === undefined) return
    const ask = () => target.incidents.moveIncident({ id, to: next, by: 'suite', note: 'one of two' })
    const outcomes = await Promise.all([ask(), ask()])
    const moved = outcomes.filter(({ ok }) => ok).length
    const about = { noise: moved < 1 }
    observe.check('of two that make a move one does', moved === 1, `${from} to ${next}: ${moved} did`, about)
  }
}

/** Moves drawn by lot, some legal: after each the incident is where the order says. */
async function walkAtRandom(scenario: Handled, { id }: Incident): Promise<void> {
  const wish = fc.oneof({ arbitrary: fc.constant(null), weight: 1 }, fc.constantFrom(...incidentStates))
  const wishes = fc.sample(wish, { seed: scenario.random.integer(0, 2 ** 31 - 1), numRuns: movesPerWalk })
  let state: IncidentState = 'detected'
  for (const wished of wishes) state = await move(scenario, id, state, wished ?? nextOf(state) ?? 'detected')
}

/** The timeline tells each state once, in order and time, and the audit trail tells of each of its steps. */
function checkTimeline({ observe }: Handled, incident: Incident, chain: readonly AuditEntry[]): void {
  const { id, eventId, state, timeline } = incident
  const expected = incidentStates.slice(0, incidentStates.indexOf(state) + 1)
  const told = statesOf(incident).join(', ')
  observe.check('the timeline tells every state once', told === expected.join(', '), `${id}, ${state}: ${told}`)
  const back = timeline.find(({ atMs }, index) => atMs < (timeline[index - 1]?.atMs ?? 0))
  observe.check('the timeline is in order of time', back === undefined, `${id}: ${back?.state} before the one before`)
  const entries = chain.filter((entry) => entry.eventId === eventId && entry.kind.startsWith('incident-')).length
  const seen = `${id}: ${timeline.length} steps, ${entries} entries`
  observe.check('each step is in the audit trail', entries === timeline.length, seen)
}

/** Attacks open incidents, which are led through their states in the legal order and in any other. */
export async function walkIncidents(scenario: Handled): Promise<void> {
  const receiver = await startReceiver()
  try {
    expectOk('setChannel', await scenario.target.events.setChannel({ url: receiver.url }))
    await handleIncidents(scenario)
  } finally {
    await receiver.close()
  }
}

async function handleIncidents(scenario: Handled): Promise<void> {
  const { target, observe } = scenario
  const opened = await openIncidents(scenario)
  for (const incident of opened) {
    const isNew = incident.state === 'detected' && statesOf(incident).join() === 'detected'
    observe.check('an incident begins as detected', isNew, `${incident.id}: ${statesOf(incident).join(', ')}`)
  }
  const [first, ...others] = opened
  if (first !== undefined) await walkThrough(scenario, first)
  await Promise.all(others.map((incident) => walkAtRandom(scenario, incident)))
  const unknown = await target.incidents.moveIncident({ id: 'incident-0', to: 'contained', by: 'suite', note: '' })
  const isUnknown = !unknown.ok && unknown.definite && unknown.status === 404
  observe.check('an unknown incident is refused', isUnknown, unknown.ok ? 'it was moved' : unknown.error)
  const ours = new Set(opened.map(({ id }) => id))
  const chain = await readChain(target.events)
  for (const incident of await readIncidents(scenario))
    if (ours.has(incident.id)) checkTimeline(scenario, incident, chain)
}
