import { sla } from '../../sla.config.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { startReceiver, type Receiver, type Respond } from '../../suites/contract/receiver-target.ts'
import { openModel, scheduleLagPremise } from '../../suites/evidence/open-model.ts'
import { quiesce, readStates } from '../../suites/events/final-read.ts'
import { threatSignals } from '../../suites/events/signals.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { componentsOf, killOne } from '../kill.ts'
import { runJournal } from '../lease.ts'
import { requirement } from '../requirement.ts'

type Needs = 'events' | 'control'

const role = 'event-replica'
const ratePerS = sla.loadShapes['events-failover'].perMinute / 60
/** Length of the load around one kill, and how far into it the kill falls. */
const loadS = 2.5
const killAfterMs = 1_000

// A slow receiver keeps deliveries under way at any moment, so that a killed replica leaves work behind. One alert in
// sixteen is refused at first and must come again; of those before the kill one in sixteen is refused for ever and must
// end as a dead letter: later ones would only add the time of their attempts to the end of the load.
const answerAfterMs = 200
const oneIn = 16
const indexOf = (eventId: string) => Number(eventId.slice(eventId.lastIndexOf('/') + 1))
const isRefusedOnce = (eventId: string) => indexOf(eventId) % oneIn === 3
const isRefusedAlways = (eventId: string) =>
  indexOf(eventId) % oneIn === 11 && indexOf(eventId) < (ratePerS * killAfterMs) / 1_000
const respond: Respond = (eventId, nth) => {
  const refused = isRefusedAlways(eventId) || (isRefusedOnce(eventId) && nth === 1)
  return { status: refused ? 500 : 200, delayMs: answerAfterMs }
}

/** Posts under load; an answer that did not come is asked for once more with the same id. Answers when events were accepted under their own ids. */
async function load(scenario: Scenario<Needs>, prefix: string): Promise<readonly number[]> {
  const { target, observe, random, log } = scenario
  const { clock, events } = target
  // No two of them have equal content: one that is called a repetition of another was thrown away.
  const signal = threatSignals(random.stream(prefix))
  const elsewhere: string[] = []
  const sends = await openModel({
    clock,
    ratePerS,
    count: Math.round(ratePerS * loadS),
    send: async (index) => {
      const event = { id: `${prefix}/${index}`, ...signal() }
      for (let tries = 1; tries <= 2; tries += 1) {
        const outcome = await events.postEvent(event)
        const said = outcome.ok ? 'ok' : outcome.definite ? 'definite' : 'indefinite'
        const storedAs = outcome.ok ? outcome.value.id : null
        observe.history('accepted-events-accounted', { type: 'posted', id: event.id, outcome: said, storedAs })
        if (!outcome.ok) observe.failure(outcome.definite)
        if (outcome.ok && outcome.value.id !== event.id) elsewhere.push(`${event.id} as ${outcome.value.id}`)
        if (said !== 'indefinite') return outcome.ok && outcome.value.id === event.id
      }
      return false
    },
  })
  observe.check(
    'a new event is stored under its own id',
    elsewhere.length === 0,
    `${elsewhere.length} of ${sends.length} are not, ${elsewhere[0] ?? ''}`,
    { noise: false },
  )
  // No latency is judged here, but a load that came late was not the load that the kill should have fallen into.
  observe.premise(scheduleLagPremise(sends, loadS * 1_000))
  const first = sends[0]?.sentAtMs ?? 0
  const tookS = ((sends.at(-1)?.sentAtMs ?? 0) - first) / 1_000
  log(`${sends.length} events offered in ${tookS.toFixed(1)} s`)
  return sends.filter(({ value }) => value).map(({ endedAtMs }) => endedAtMs)
}

/** Every completed event's alert arrived, refused ones became dead letters, repetitions carry the key of the first. */
function checkAlerts(scenario: Scenario<Needs>, receiver: Receiver, finals: ReadonlyMap<string, string>): void {
  const { observe, log } = scenario
  const keys = new Map<string, string>()
  let repeated = 0
  for (const { eventId, key, status } of receiver.arrivals()) {
    const first = keys.get(eventId)
    if (first !== undefined && first !== key)
      observe.check('a repeated alert keeps its key', false, `${first}, then ${key}`, { noise: false })
    if (first !== undefined && status === 200 && !isRefusedOnce(eventId)) repeated += 1
    keys.set(eventId, key)
  }
  for (const [id, state] of finals) {
    if (state === 'completed') observe.check('the alert of a completed event arrived', keys.has(id), `${id} never did`)
    if (isRefusedAlways(id))
      observe.check('an alert nobody takes ends as a dead letter', state === 'dead-lettered', `${id}: ${state}`)
  }
  observe.check('keys tell alerts apart', new Set(keys.values()).size === keys.size, 'two alerts share a key', {
    noise: false,
  })
  observe.check(
    'alerts have the form of the contract',
    receiver.malformed().length === 0,
    receiver.malformed()[0] ?? '',
  )
  log(`${keys.size} alerts arrived, ${repeated} of them again`)
}

requirement('EVT-NOLOSS', ['events', 'control'], async (scenario) => {
  const { target, observe, seed, repeats, scale } = scenario
  const { events, clock } = target
  const journal = runJournal()
  const receiver = await startReceiver(respond)
  try {
    const healthy = (await componentsOf(scenario, role)).filter(({ state }) => state === 'up').length
    expectOk('setChannel', await events.setChannel({ url: receiver.url }))
    for (let kill = 0; kill < repeats * scale; kill += 1) {
      const [acceptedAtMs, { killedAtMs }] = await Promise.all([
        load(scenario, `${seed}/kill-${kill}`),
        clock.sleep(killAfterMs).then(() => killOne(scenario, { role, journal, run: () => Promise.resolve(null) })),
      ])
      // A service that takes nothing in loses nothing either.
      const before = acceptedAtMs.filter((atMs) => atMs < killedAtMs).length
      const after = acceptedAtMs.length - before
      observe.check(
        'events are accepted before and after the kill',
        before > 0 && after > 0,
        `${before}, then ${after}`,
      )
    }
    await quiesce(events, clock)
    const ours = (await readStates(events)).filter(({ id }) => id.startsWith(`${seed}/`))
    for (const { id, state, reason } of ours) {
      observe.history('accepted-events-accounted', { type: 'final', id, state, reason })
    }
    checkAlerts(scenario, receiver, new Map(ours.map(({ id, state }) => [id, state])))
    const restored = (await componentsOf(scenario, role)).filter(({ state }) => state === 'up').length
    observe.check('as many replicas as before', restored === healthy, `${restored} of ${healthy}`)
  } finally {
    await receiver.close()
    journal.close()
  }
})
