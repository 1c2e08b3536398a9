/**
 * One lie of storage from within: what is written before it and under it, a crash of whoever wrote, and what everybody is told
 * meanwhile.
 */
import { sla } from '../../sla.config.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Random } from '../../suites/contract/random.ts'
import type { LyingStorage } from '../../suites/contract/storage.ts'
import type { Update } from '../../suites/learning/exact-mean.ts'
import { encode } from '../../suites/learning/job.ts'
import type { Scenario } from '../../suites/requirement.ts'
import type { Timed } from '../awaited.ts'
import { answersAgain, crashCoordinator } from '../coordinator-outage.ts'
import { processDriver } from '../drivers/process.ts'
import { simulationDriver } from '../drivers/simulation.ts'
import { lyingStorage, nameOf } from '../faults/lying-storage.ts'
import { underLease, type HeldLease, type Journal, type LeaseEnd } from '../lease.ts'
import { steadyPollMs } from '../steady.ts'
import { soundAgain } from './sound-copies.ts'

export type Needs = 'learning' | 'control'

const { role, goal, before, under, downMs, liesOnMs } = sla.chaos.rows['CHAOS-STORE-1'].fault
const leaseMs = sla.chaos.leaseS * 1_000
export const dimension = 16
export const submitted = { before, under, after: goal - before - under }

export type Named = Update & { readonly client: string }

/** One job, of which a round is under way, and the lie that befalls its journal. */
export type Course = {
  readonly scenario: Scenario<Needs>
  readonly journal: Journal
  /** Tells its jobs from those of other simulated worlds. */
  readonly world: string
  readonly jobId: string
  readonly round: number
  readonly storage: LyingStorage
  readonly random: Random
}

/** What the histories call an update. */
export const idOf = ({ world, jobId }: Course, { client }: Named): string => `${world}/${jobId}/${client}`

export const submit = (course: Course, update: Named) =>
  course.scenario.target.learning.submitUpdate({
    jobId: course.jobId,
    round: course.round,
    updateId: `${course.jobId}-${update.client}`,
    client: update.client,
    samples: update.samples,
    delta: encode(update.delta),
  })

function note(course: Course, update: Named, outcome: 'acknowledged' | 'definite' | 'indefinite'): void {
  const id = idOf(course, update)
  course.scenario.observe.history('storage-believed', { type: 'written', id, outcome })
}

/** Writes one update down and notes what the answer was worth. Answers why it was not acknowledged; null where it was. */
export async function write(course: Course, update: Named): Promise<string | null> {
  const answer = await submit(course, update)
  if (answer.ok && answer.value.accepted) {
    note(course, update, 'acknowledged')
    return null
  }
  note(course, update, answer.ok || answer.definite ? 'definite' : 'indefinite')
  return answer.ok ? answer.value.reason : answer.error
}

/** Says what was not acknowledged again. Answers whether it is there now: as taken, or as known. */
async function writeAgain(course: Course, update: Named): Promise<boolean> {
  const answer = await submit(course, update)
  if (answer.ok && answer.value.accepted) note(course, update, 'acknowledged')
  if (!answer.ok) note(course, update, answer.definite ? 'definite' : 'indefinite')
  return answer.ok
}

/** What is told while a lie is in force. */
type Watch = {
  /** Updates that were acknowledged by now. */
  acknowledged: number
  /** Who was not acknowledged, and says it again once that may help. */
  readonly refused: Named[]
  /** Least that an answer counted of them since the crash; null without an answer. */
  counted: number | null
  readonly told: Set<string>
  struck: { readonly times: number; readonly atMs: number } | null
}

/** What the target says by itself of its storage. */
async function troubles({ scenario }: Course): Promise<readonly string[]> {
  const answer = await scenario.target.learning.storage({})
  return answer.ok ? answer.value.copies.flatMap(({ trouble }) => trouble ?? []) : []
}

async function lookForStrikes({ scenario }: Course, faultId: string, watch: Watch): Promise<void> {
  const { control, clock } = scenario.target
  const times = await lyingStorage.strikes(control, faultId)
  if (times > 0) watch.struck ??= { times, atMs: clock.nowMs() }
}

/** One look at a coordinator that was started again under the lie. */
async function look(course: Course, lease: HeldLease, watch: Watch): Promise<void> {
  await lease.renew()
  await lookForStrikes(course, lease.applied.id, watch)
  for (const trouble of await troubles(course)) watch.told.add(trouble)
  const answer = await course.scenario.target.learning.job({ jobId: course.jobId })
  if (!answer.ok) return
  const counted = answer.value.rounds.find(({ round }) => round === course.round)?.updatesAccepted ?? 0
  watch.counted = Math.min(watch.counted ?? counted, counted)
}

/** Whether all that was refused is taken, or known, now that it is said again. */
async function takenAtLast(course: Course, { refused }: Watch): Promise<boolean> {
  for (let [update] = refused; update !== undefined; [update] = refused) {
    if (!(await writeAgain(course, update))) return false
    refused.shift()
  }
  return true
}

/** When the coordinator died, and when it was last seen away. */
type Crashed = { readonly crashedAtMs: number; readonly awayAtMs: number | undefined }

/** Where one storage lies, it does so until all has recovered; where all do, nobody can until the lie is over. */
async function recover(
  course: Course,
  { crashedAtMs, awayAtMs }: Crashed,
  lease: HeldLease,
  watch: Watch,
): Promise<Timed | null> {
  const { scenario, jobId, storage, random } = course
  const { learning, clock } = scenario.target
  const besides = () => look(course, lease, watch)
  if (storage.reach === 'every') {
    const untilMs = clock.nowMs() + random.integer(liesOnMs / 3, liesOnMs)
    while (clock.nowMs() < untilMs || watch.struck === null) {
      await besides()
      if (clock.nowMs() > untilMs + leaseMs) break
      await clock.sleep(steadyPollMs)
    }
    const fromMs = (await lease.end()).atMs
    return answersAgain({ learning, clock, jobId, fromMs, holds: () => takenAtLast(course, watch) })
  }
  const recovery = await answersAgain({ learning, clock, jobId, fromMs: crashedAtMs, awayAtMs, besides })
  // Nobody renews it while the crash of one that does not come back is waited for: it would run out, which is no undo of ours.
  await lease.end()
  return recovery
}

/** What became of it. */
export type Lied = { readonly recovery: Timed | null; readonly told: readonly string[] }

/** What is done under the lie: updates are written, and whoever wrote them down crashes. Null where nothing crashed. */
async function strike(course: Course, updates: readonly Named[], lease: HeldLease, watch: Watch) {
  const { scenario, journal, jobId, random } = course
  const known = new Set(await troubles(course))
  for (const update of updates) {
    const reason = await write(course, update)
    if (reason === null) watch.acknowledged += 1
    else {
      watch.told.add(reason)
      watch.refused.push(update)
    }
  }
  await lookForStrikes(course, lease.applied.id, watch)
  for (const trouble of await troubles(course)) if (!known.has(trouble)) watch.told.add(trouble)
  return crashCoordinator(scenario, {
    journal,
    jobId,
    role,
    downMs: random.integer(downMs / 4, downMs),
    along: [lease.applied.id],
    run: async (crashedAtMs, awayAtMs) => ({
      recovery: await recover(course, { crashedAtMs, awayAtMs }, lease, watch),
    }),
  })
}

/** Lays the lie, writes, has the coordinator crash, and waits until it is back. The value is null where the lie struck nothing. */
export async function lie(course: Course, updates: readonly Named[]): Promise<LeaseEnd<Lied>> {
  const { scenario, journal, storage } = course
  const { target, tier, observe } = scenario
  const watch: Watch = { acknowledged: before, refused: [], counted: null, told: new Set(), struck: null }
  const name = nameOf(storage)
  let recovery: Timed | null = null
  return underLease<Lied>({
    driver: tier === 'simulation' ? simulationDriver(target) : processDriver(target),
    clock: target.clock,
    journal,
    order: { fault: lyingStorage.name, strike: { fault: lyingStorage.primitive, scope: { storage } }, leaseMs },
    // A lie to whoever reads strikes only whoever is started again: so the whole course is a part of the proof.
    prove: async (lease) => {
      const recovered = await strike(course, updates, lease, watch)
      recovery = recovered?.recovery ?? null
      const { struck } = watch
      const seen = `${name}: struck ${struck?.times ?? 0} operations`
      return { proven: struck !== null && recovered !== null, provenAtMs: struck?.atMs ?? null, seen }
    },
    run: async () => {
      const { acknowledged, counted } = watch
      const told = [...watch.told]
      observe.history('storage-believed', { type: 'lie', lie: name, told })
      if (counted !== null) observe.history('storage-believed', { type: 'used', lie: name, counted, acknowledged })
      return { recovery, told }
    },
    proveUndone: async () => [],
  })
}

/** Whether every storage holds again all that was acknowledged, within so many ms; what is wrong where one does not. */
export const wholeAgain = ({ scenario: { target } }: Course, withinMs: number): Promise<string | null> =>
  soundAgain(target.clock, withinMs, async () => expectOk('storage', await target.learning.storage({})).copies)
