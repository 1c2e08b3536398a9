import { sla } from '../sla.config.ts'
import { expectOk } from '../suites/contract/outcome.ts'
import { startReceiver, type Receiver, type Respond } from '../suites/contract/receiver-target.ts'
import { quiesce, readStates } from '../suites/events/final-read.ts'
import { atStakePremise, underWayAt } from '../suites/events/at-stake.ts'
import { loadEvents, type AcceptedEvent } from '../suites/events/open-load.ts'
import { observeTakenIn } from '../suites/events/taken-in.ts'
import type { Scenario } from '../suites/requirement.ts'
import { componentsOf, killOne } from './kill.ts'
import { runJournal } from './lease.ts'

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

type Struck = { readonly accepted: readonly AcceptedEvent[]; readonly killedAtMs: number }

/** Once all alerts have come: whether each kill fell upon events that were accepted and not yet finished. */
function observeAtStake({ observe }: Scenario<Needs>, receiver: Receiver, struck: readonly Struck[]): void {
  const arrivals = receiver.arrivals()
  for (const { accepted, killedAtMs } of struck) {
    const underWay = underWayAt(killedAtMs, accepted, { arrivals, answerAfterMs })
    observe.premise(atStakePremise(underWay, `${underWay} accepted events were under way when the replica was killed`))
  }
}

/** A replica is killed in the middle of a load, again and again; then every event that was accepted must have come to its end. */
export async function loseReplicas(scenario: Scenario<Needs>): Promise<void> {
  const { target, observe, random, seed, repeats, scale } = scenario
  const { events, clock } = target
  const journal = runJournal()
  const receiver = await startReceiver(respond)
  try {
    const healthy = (await componentsOf(scenario, role)).filter(({ state }) => state === 'up').length
    expectOk('setChannel', await events.setChannel({ url: receiver.url }))
    const struck: Struck[] = []
    for (let kill = 0; kill < repeats * scale; kill += 1) {
      const [accepted, { killedAtMs }] = await Promise.all([
        loadEvents(scenario, { prefix: `${seed}/kill-${kill}`, ratePerS, seconds: loadS }),
        // A lot of its own for each kill: one lot would draw the same replica every time.
        clock
          .sleep(killAfterMs)
          .then(() =>
            killOne(
              { target, observe, random: random.stream(`kill ${kill}`) },
              { role, journal, run: () => Promise.resolve(null) },
            ),
          ),
      ])
      observeTakenIn(observe, { role, killedAtMs, accepted })
      struck.push({ accepted, killedAtMs })
    }
    await quiesce(events, clock)
    observeAtStake(scenario, receiver, struck)
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
}
