import { sla } from '../../sla.config.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { startReceiver, type Receiver } from '../../suites/contract/receiver-target.ts'
import { atStakePremise, killsPremise, underWayAt } from '../../suites/events/at-stake.ts'
import { quiesce, readChain, readStates } from '../../suites/events/final-read.ts'
import { loadEvents, type AcceptedEvent } from '../../suites/events/open-load.ts'
import { loadAfterKillS, observeTakenIn } from '../../suites/events/taken-in.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { componentsOf, killOne } from '../kill.ts'
import { runJournal, type Journal } from '../lease.ts'
import { requirement } from '../requirement.ts'

type Broken = Scenario<'events' | 'control'>

const [replicaRole, databaseRole] = ['event-replica', 'event-database'] as const
/** Each kill of a replica falls into a stretch of load of its own; into one of them falls the kill of the database, too. */
const { replicas: replicasKilled, databases: databasesKilled } = sla.chaos.serviceKills
const replicaKills = { full: replicasKilled, compressed: 2 } as const
const stretchS = 4
/** In parts of a stretch: neither before its first events nor after its last. */
const within = { from: 0.15, to: 0.75 } as const
const claimedPerS = sla.loadShapes['events-peak'].perMinute / 60
/** So much more is offered that a generator which is late by a tenth of a stretch has still offered what is claimed. */
const ratePerS = claimedPerS * 1.1
const drainPatienceMs = 120_000
/** So long every alert is under way to its receiver: a kill falls upon work at any instant, and 32 workers keep up with the load. */
const answerAfterMs = 50
/** What a database has promised and not yet written it writes no later than this (PostgreSQL: wal_writer_delay). */
const writtenWithinMs = 200

type Kill = { readonly role: string; readonly instance: string; readonly afterMs: number }

/** Whom to kill. What nobody can kill, as a database that is somebody else's, leaves less than what is claimed. */
async function victimsOf(scenario: Broken) {
  const namesOf = async (role: string) => (await componentsOf(scenario, role)).map(({ instance }) => instance).sort()
  const [replicas, database] = [await namesOf(replicaRole), await namesOf(databaseRole)]
  for (const [role, { length }] of [
    [replicaRole, replicas],
    [databaseRole, database],
  ] as const)
    scenario.observe.premise({
      claim: 'fault effect',
      measured: length > 0 ? 0 : 1,
      limit: 0,
      unit: 'roles that nobody can kill',
      noise: false,
      detail: `the target tells of ${length} processes with the role ${role}`,
    })
  return { replicas, database }
}

/** What one stretch of load took in, and what was killed meanwhile, and when. */
type Stretch = {
  readonly accepted: readonly AcceptedEvent[]
  readonly killed: readonly { readonly role: string; readonly atMs: number }[]
}

/** One stretch of load, and what is killed during it. */
async function killDuring(
  scenario: Broken,
  { prefix, kills, journal }: { prefix: string; kills: readonly Kill[]; journal: Journal },
): Promise<Stretch> {
  const { target, observe } = scenario
  const { clock } = target
  const strike = async ({ role, instance, afterMs }: Kill) => {
    await clock.sleep(afterMs)
    return killOne(scenario, { role, instance, journal, run: () => Promise.resolve(null) })
  }
  // With its database the whole service is away: a load that ends meanwhile can't tell whether it comes back in time.
  const seconds = kills.some(({ role }) => role === databaseRole) ? stretchS * within.to + loadAfterKillS : stretchS
  const [accepted, ...killed] = await Promise.all([
    loadEvents(scenario, { prefix, ratePerS, seconds, claimedPerS }),
    ...kills.map(strike),
  ])
  for (const [index, { killedAtMs }] of killed.entries()) {
    const role = kills[index]?.role ?? ''
    observeTakenIn(observe, { role, killedAtMs, accepted })
    if (role !== databaseRole) continue
    const atStake = accepted.filter(({ atMs }) => atMs < killedAtMs && killedAtMs - atMs < writtenWithinMs).length
    const staked = `${atStake} events accepted in the ${writtenWithinMs} ms before the database was killed`
    observe.premise(atStakePremise(atStake, staked))
  }
  return {
    accepted,
    killed: killed.map(({ killedAtMs }, index) => ({ role: kills[index]?.role ?? '', atMs: killedAtMs })),
  }
}

/** As many were killed as are claimed, and work was under way at each: fewer kills, or idle victims, show less than that. */
function observeKills({ observe, scope, log }: Broken, stretches: readonly Stretch[], receiver: Receiver): void {
  const arrivals = receiver.arrivals()
  const killedOf = (wanted: string) =>
    stretches.flatMap(({ killed }) => killed).filter(({ role }) => role === wanted).length
  observe.premise(killsPremise(replicaRole, killedOf(replicaRole), replicaKills[scope]))
  observe.premise(killsPremise(databaseRole, killedOf(databaseRole), databasesKilled))
  for (const { accepted, killed } of stretches) {
    // Where the database is away for a while nothing need be under way.
    if (killed.some(({ role }) => role === databaseRole)) continue
    for (const { atMs } of killed) {
      const underWay = underWayAt(atMs, accepted, { arrivals, answerAfterMs })
      observe.premise(atStakePremise(underWay, `${underWay} accepted events were under way when a replica was killed`))
    }
  }
  const accepted = stretches.reduce((sum, stretch) => sum + stretch.accepted.length, 0)
  log(
    `${accepted} events accepted over ${killedOf(replicaRole)} kills of replicas, ${killedOf(databaseRole)} of the database`,
  )
}

/** What became of every event, by the states and by the chain, once nothing is under way any more. */
async function readAll({ target: { events, clock }, observe, seed }: Broken, alerted: ReadonlySet<string>) {
  const left = await quiesce(events, clock, drainPatienceMs)
  observe.check('the queue drains after the last kill', left === 0, `${left} events are under way`)
  for (const { id, state, reason } of await readStates(events)) {
    if (!id.startsWith(`${seed}/`)) continue
    observe.history('accepted-events-accounted', { type: 'final', id, state, reason })
    observe.history('audit-chain-intact', { type: 'final', id, state })
    if (state === 'completed')
      observe.check('the alert of a completed event arrived', alerted.has(id), `${id} never did`)
  }
  for (const entry of await readChain(events)) observe.history('audit-chain-intact', { type: 'entry', ...entry })
}

requirement('EVT-NOLOSS-d', ['events', 'control'], async (scenario) => {
  const { target, observe, random, seed, scope, scale, progress } = scenario
  const journal = runJournal()
  const receiver = await startReceiver(() => ({ status: 200, delayMs: answerAfterMs }))
  const count = replicaKills[scope] * scale
  const chance = random.stream('instants')
  const withDatabase = chance.integer(0, count - 1)
  const killOf = (role: string, instances: readonly string[]): readonly Kill[] => {
    const instance = instances[chance.integer(0, Math.max(0, instances.length - 1))]
    const afterMs = (within.from + chance.float() * (within.to - within.from)) * stretchS * 1_000
    return instance === undefined ? [] : [{ role, instance, afterMs }]
  }
  try {
    const { replicas, database } = await victimsOf(scenario)
    expectOk('setChannel', await target.events.setChannel({ url: receiver.url }))
    const stretches: Stretch[] = []
    for (let number = 0; number < count; number += 1) {
      const alone = killOf(replicaRole, replicas)
      const kills = number === withDatabase ? [...alone, ...killOf(databaseRole, database)] : alone
      const stretch = await killDuring(scenario, { prefix: `${seed}/${number}`, kills, journal })
      for (const { id } of stretch.accepted) observe.history('audit-chain-intact', { type: 'accepted', id })
      stretches.push(stretch)
      progress(stretches.length, count)
    }
    await quiesce(target.events, target.clock, drainPatienceMs)
    observeKills(scenario, stretches, receiver)
    const alerted = new Set(receiver.arrivals().map(({ eventId }) => eventId))
    for (const id of alerted) observe.history('audit-chain-intact', { type: 'alerted', id })
    await readAll(scenario, alerted)
    const after = (await componentsOf(scenario, replicaRole)).filter(({ state }) => state === 'up').length
    observe.check('as many replicas as before', after === replicas.length, `${after} of ${replicas.length}`)
  } finally {
    await receiver.close()
    journal.close()
  }
})
