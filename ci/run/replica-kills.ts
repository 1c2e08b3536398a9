/** Kills replicas of the events plane while a load runs, each under a lease, and writes down what became of every event of it. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sla, type LoadShape } from '../../sla.config.ts'
import { componentsOf, killOne, type Killing } from '../../chaos/kill.ts'
import { fileJournal } from '../../chaos/lease.ts'
import { randomFrom, type Random } from '../../suites/contract/random.ts'
import type { Target } from '../../suites/contract/target.ts'
import { quiesce, readStates } from '../../suites/events/final-read.ts'
import type { HistoryItem } from '../../suites/evidence/history.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import type { ArrivalLog } from './arrival-log.ts'
import { seedOf, type RowAttempt } from './row-recorder.ts'

/** Of the processes that bear the events plane, in the words of the contract's components. */
export const replicaRole = 'event-replica'
const pollMs = 100
/** So long a replacement may take to serve: the promised recovery, and as long again until a load is given up. */
const replacedWithinMs = 2 * sla.objectives['cascade-recovery'].limit * 1_000

type Kills = NonNullable<LoadShape['kills']>
type Told = Extract<HistoryItem<'replica-always-serving'>, { type: 'kill' | 'replicas' }>
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

export type KillPlan = {
  readonly kills: Kills
  readonly seconds: number
  /** Host ms at which the load starts. */
  readonly startAtMs: number
  readonly target: Target
  readonly observe: Observe
  readonly attempt: RowAttempt
  /** Number of the load among those of the record: each draws its own victims. */
  readonly load: number
}

/** What happened beside the load; whose it is, is known to who writes it down. */
export type KillNotes = readonly DistributiveOmit<Told, 'load'>[]

/** Kills by the plan and answers what was seen, once every victim is replaced or given up. */
export async function killByPlan(plan: KillPlan): Promise<KillNotes> {
  const { kills, seconds, startAtMs, target, observe, attempt, load } = plan
  const { control, clock } = target
  if (control === undefined)
    throw new Error('Replicas are killed under this load: the target must declare control, and tell their pids.')
  const random = randomFrom(`${seedOf(attempt)}/kills-${load}`)
  const killing: Killing = { target: { ...target, control }, observe, random }
  const replicas = await componentsOf(killing, replicaRole)
  const upBefore = replicas.filter(({ state }) => state === 'up').length
  observe.check('as many replicas as the load is about', upBefore === kills.of, `${upBefore} of ${kills.of} are up`)
  const notes: DistributiveOmit<Told, 'load'>[] = []
  const watch = watchReplicas(killing, notes)
  try {
    await delay(Math.max(0, startAtMs + kills.from * seconds * 1_000 - clock.nowMs()))
    const victims = drawn(
      random.stream('victims'),
      replicas.map(({ instance }) => instance),
      kills.replicas,
    )
    await killInTurn({ killing, kills, attempt, notes }, victims)
    const upAfter = (await componentsOf(killing, replicaRole)).filter(({ state }) => state === 'up').length
    observe.check('as many replicas as before the kills', upAfter === upBefore, `${upAfter} of ${upBefore}`)
    await delay(Math.max(0, startAtMs + seconds * 1_000 - clock.nowMs()))
  } finally {
    await watch.stop()
  }
  return notes
}

/** So many of them, in the order of the lot. */
function drawn(random: Random, from: readonly string[], count: number): readonly string[] {
  const left = [...from].sort()
  return Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(random.integer(0, left.length - 1), 1),
  ).flat()
}

type Turn = {
  readonly killing: Killing
  readonly kills: Kills
  readonly attempt: RowAttempt
  readonly notes: DistributiveOmit<Told, 'load'>[]
}

/** The first victims together, each of the others as soon as one replacement serves. */
async function killInTurn({ killing, kills, attempt, notes }: Turn, victims: readonly string[]): Promise<void> {
  const journal = fileJournal(join(attempt.runDirectory, 'faults.ndjson'))
  const kill = async (instance: string): Promise<void> => {
    const { killedAtMs } = await killOne(killing, {
      role: replicaRole,
      journal,
      instance,
      restartWithinMs: replacedWithinMs,
      run: () => Promise.resolve(null),
    })
    notes.push({ type: 'kill', atMs: killedAtMs, instance })
  }
  try {
    let replaced = victims.slice(0, kills.together).map(kill)
    for (const victim of victims.slice(kills.together)) {
      await Promise.race(replaced)
      const up = (await componentsOf(killing, replicaRole)).filter(({ state }) => state === 'up').length
      const serves = up > kills.of - kills.together
      killing.observe.check('a replacement serves before the next kill', serves, `${up} of ${kills.of} are up`)
      // Without it the next kill would leave nobody, and that is not what is asked.
      if (!serves) break
      replaced = [...replaced, kill(victim)]
    }
    // All have ended before one may throw: a kill that goes on would meet the load after this.
    await Promise.allSettled(replaced)
    await Promise.all(replaced)
  } finally {
    journal.close()
  }
}

function watchReplicas(killing: Killing, notes: Turn['notes']): { readonly stop: () => Promise<void> } {
  let isOver = false
  const watching = (async () => {
    while (!isOver) {
      const up = await componentsOf(killing, replicaRole).then(
        (components) => components.filter(({ state }) => state === 'up').length,
        // A reading that failed says nothing of the replicas: another process tells of them.
        () => null,
      )
      if (up !== null) notes.push({ type: 'replicas', atMs: killing.target.clock.nowMs(), up })
      await delay(pollMs)
    }
  })()
  return {
    stop: () => {
      isOver = true
      return watching
    },
  }
}

/** Writes the load and every event of it into the histories that its rows are judged by. */
export function noteService(
  observe: Observe,
  { log, notes, load, runKey }: { log: ArrivalLog; notes: KillNotes; load: number; runKey: string },
): void {
  const stretch = log.stretch()
  if (stretch === null) return
  const { quantile, limit: limitMs } = sla.objectives['event-latency-steady']
  const steady = { quantile, limitMs, heldMs: sla.chaos.steadyHeldS * 1_000 }
  const budget = { faultsIn30Days: sla.chaos.declaredFaultsPer30Days, gapS: sla.objectives['failover-gap'].limit }
  const note = (item: HistoryItem<'replica-always-serving'>) => observe.history('replica-always-serving', item)
  note({ type: 'load', load, ...stretch, steady, budget })
  for (const told of notes) note({ ...told, load })
  for (const { index, scheduledAtMs, acceptedAtMs, alertedAtMs, failures, definite } of log.arrivals()) {
    note({ type: 'event', load, dueAtMs: scheduledAtMs, acceptedAtMs, alertedAtMs, failures })
    const id = `${runKey}-${index}`
    const outcome = acceptedAtMs !== null ? 'ok' : definite ? 'definite' : 'indefinite'
    const storedAs = outcome === 'ok' ? id : null
    observe.history('accepted-events-accounted', { type: 'posted', id, outcome, storedAs })
  }
}

/** The quiesced final read of the events whose ids begin so. */
export async function noteFinalStates(observe: Observe, { events, clock }: Target, prefix: string): Promise<void> {
  if (events === undefined) return
  await quiesce(events, clock)
  for (const { id, state, reason } of await readStates(events))
    if (id.startsWith(prefix)) observe.history('accepted-events-accounted', { type: 'final', id, state, reason })
}
