import { sla } from '../../sla.config.ts'
import type { Component } from '../../suites/contract/control.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { startReceiver, type Receiver, type Respond } from '../../suites/contract/receiver-target.ts'
import { openModel, scheduleLagPremise } from '../../suites/evidence/open-model.ts'
import { quiesce, readStates } from '../../suites/events/final-read.ts'
import { threatSignals } from '../../suites/events/signals.ts'
import { requirement, type Scenario } from '../../suites/requirement.ts'
import { processDriver } from '../drivers/process.ts'
import { runJournal, underLease } from '../lease.ts'

type Needs = 'events' | 'control'

const role = 'event-replica'
const ratePerS = sla.loadShapes['events-failover'].perMinute / 60
/** Length of the load around one kill, and how far into it the kill falls. */
const loadS = 2.5
const killAfterMs = 1_000
const restartedWithinMs = 20_000
const effectWithinMs = 2_000
const pollMs = 20

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

async function replicas({ target }: Scenario<Needs>): Promise<readonly Component[]> {
  const components = expectOk('components', await target.control.components({}))
  return components.filter((component) => component.role === role)
}

/** Posts under load; an answer that did not come is asked for once more with the same id. Answers when events were accepted. */
async function load(scenario: Scenario<Needs>, prefix: string): Promise<readonly number[]> {
  const { target, observe, random, log } = scenario
  const { clock, events } = target
  const signal = threatSignals(random.stream(prefix))
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
        if (said !== 'indefinite') return outcome.ok
      }
      return false
    },
  })
  // No latency is judged here, but a load that came late was not the load that the kill should have fallen into.
  observe.premise(scheduleLagPremise(sends, loadS * 1_000))
  const first = sends[0]?.sentAtMs ?? 0
  const tookS = ((sends.at(-1)?.sentAtMs ?? 0) - first) / 1_000
  log(`${sends.length} events offered in ${tookS.toFixed(1)} s`)
  return sends.filter(({ value }) => value).map(({ endedAtMs }) => endedAtMs)
}

/** Kills one replica by SIGKILL in mid-load, proves that it is gone, and waits until its supervisor has replaced it. */
async function killOne(scenario: Scenario<Needs>, journal: ReturnType<typeof runJournal>): Promise<number> {
  const { target, observe, random } = scenario
  const { clock, control } = target
  await clock.sleep(killAfterMs)
  const running = (await replicas(scenario)).filter(({ state }) => state === 'up')
  const victim = running[random.stream('victim').integer(0, running.length - 1)]
  if (victim === undefined || victim.pid === null) {
    throw new Error(`No component with role ${role} that is up and has a pid: control.components() must report them.`)
  }
  const isGone = async () => !(await replicas(scenario)).some(({ pid, state }) => pid === victim.pid && state === 'up')
  const { proof, record } = await underLease({
    driver: processDriver({ control, clock }),
    order: { fault: 'kill', scope: { pid: victim.pid }, leaseMs: restartedWithinMs },
    clock,
    journal,
    prove: async ({ applied }) => {
      while (clock.nowMs() - applied.atMs < effectWithinMs) {
        if (await isGone()) return { proven: true, provenAtMs: clock.nowMs(), seen: `${victim.instance} is gone` }
        await clock.sleep(pollMs)
      }
      return { proven: false, provenAtMs: null, seen: `${victim.instance} still answers to pid ${victim.pid}` }
    },
    run: () => Promise.resolve(null),
    proveUndone: () => Promise.resolve([]),
  })
  observe.fault({ ...record, scope: { ...record.scope, instance: victim.instance }, residue: [...record.residue] })
  const effect = { claim: 'fault effect', limit: 0, unit: 'faults without effect', noise: false } as const
  observe.premise({ ...effect, measured: proof.proven ? 0 : 1, detail: proof.seen })
  observe.check('a killed replica is replaced', record.residue.length === 0, record.residue.join('; '))
  return record.injectedAtMs
}

/** Every completed event's alert arrived, refused ones became dead letters, repetitions carry the key of the first. */
function checkAlerts(scenario: Scenario<Needs>, receiver: Receiver, finals: ReadonlyMap<string, string>): void {
  const { observe, log } = scenario
  const keys = new Map<string, string>()
  let repeated = 0
  for (const { eventId, key, status } of receiver.arrivals()) {
    const first = keys.get(eventId)
    if (first !== undefined && first !== key)
      observe.check('a repeated alert keeps its key', false, `${first}, then ${key}`)
    if (first !== undefined && status === 200 && !isRefusedOnce(eventId)) repeated += 1
    keys.set(eventId, key)
  }
  for (const [id, state] of finals) {
    if (state === 'completed') observe.check('the alert of a completed event arrived', keys.has(id), `${id} never did`)
    if (isRefusedAlways(id))
      observe.check('an alert nobody takes ends as a dead letter', state === 'dead-lettered', `${id}: ${state}`)
  }
  observe.check('keys tell alerts apart', new Set(keys.values()).size === keys.size, 'two alerts share a key')
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
    const healthy = (await replicas(scenario)).filter(({ state }) => state === 'up').length
    expectOk('setChannel', await events.setChannel({ url: receiver.url }))
    for (let kill = 0; kill < repeats * scale; kill += 1) {
      const [acceptedAtMs, killedAtMs] = await Promise.all([
        load(scenario, `${seed}/kill-${kill}`),
        killOne(scenario, journal),
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
    const restored = (await replicas(scenario)).filter(({ state }) => state === 'up').length
    observe.check('as many replicas as before', restored === healthy, `${restored} of ${healthy}`)
  } finally {
    await receiver.close()
    journal.close()
  }
})
