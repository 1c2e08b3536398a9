/**
 * One lie of the authority's storage from within: who is registered before it and under it, a crash of the authority, and what
 * everybody is told meanwhile.
 */
import { sla } from '../../sla.config.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { LyingStorage } from '../../suites/contract/storage.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { timeToAnswer } from '../answering.ts'
import type { Timed } from '../awaited.ts'
import { processDriver } from '../drivers/process.ts'
import { lyingStorage, nameOf } from '../faults/lying-storage.ts'
import { killOne } from '../kill.ts'
import { underLease, type HeldLease, type Journal, type LeaseEnd } from '../lease.ts'
import { steadyPollMs } from '../steady.ts'
import { soundAgain } from './sound-copies.ts'

export type Needs = 'identity' | 'control'

const { role, liesOnMs } = sla.chaos.rows['CHAOS-STORE-1-b'].fault
const leaseMs = sla.chaos.leaseS * 1_000

/** An authority that registers workloads, and the lie that befalls its journal. */
export type Registering = {
  readonly scenario: Scenario<Needs>
  readonly journal: Journal
  readonly storage: LyingStorage
  readonly trustDomain: string
}

type Registered = { readonly endpoint: string | null; readonly refused: string | null }

/** Registers one workload and notes what the answer was worth. */
export async function register({ scenario, trustDomain }: Registering, path: string): Promise<Registered> {
  const answer = await scenario.target.identity.registerWorkload({ path })
  const failed = !answer.ok && answer.definite ? 'definite' : 'indefinite'
  const outcome = answer.ok ? 'acknowledged' : failed
  scenario.observe.history('storage-believed', { type: 'written', id: `spiffe://${trustDomain}${path}`, outcome })
  return answer.ok ? { endpoint: answer.value.endpoint, refused: null } : { endpoint: null, refused: answer.error }
}

/** What is told while a lie is in force. */
type Watch = {
  /** Who was not acknowledged, and is registered again once that may help. */
  readonly refused: string[]
  readonly told: Set<string>
  struck: { readonly times: number; readonly atMs: number } | null
}

/** What the authority says of its storages, or why it says nothing of them. */
async function troubles({ scenario }: Registering): Promise<readonly string[]> {
  const answer = await scenario.target.identity.identityStatus({})
  if (answer.ok) return (answer.value.journal ?? []).flatMap(({ trouble }) => trouble ?? [])
  // A process that is not there tells nobody anything.
  return answer.definite && answer.status === 503 ? [answer.error] : []
}

async function look(course: Registering, lease: HeldLease, watch: Watch): Promise<void> {
  const { control, clock } = course.scenario.target
  await lease.renew()
  const times = await lyingStorage.strikes(control, lease.applied.id)
  if (times > 0) watch.struck ??= { times, atMs: clock.nowMs() }
  for (const trouble of await troubles(course)) watch.told.add(trouble)
}

/** Whether all who were refused are registered now. */
async function takenAtLast(course: Registering, { refused }: Watch): Promise<boolean> {
  for (let [path] = refused; path !== undefined; [path] = refused) {
    if ((await register(course, path)).refused !== null) return false
    refused.shift()
  }
  return true
}

type Awaited = {
  readonly fromMs: number
  readonly holds?: () => Promise<boolean>
  readonly besides?: () => Promise<void>
}

/** How long until the authority answers, and goes on doing so; null where it never does. */
const answersAgain = ({ scenario }: Registering, { fromMs, holds, besides }: Awaited): Promise<Timed | null> => {
  const { identity, clock } = scenario.target
  const isAnswered = async () => (await identity.identityStatus({})).ok && (await (holds?.() ?? true))
  return timeToAnswer({ clock, fromMs, isAnswered, besides })
}

/** Where one storage lies, it does so until the authority has recovered; where all do, it can't until the lie is over. */
async function recover(course: Registering, crashedAtMs: number, lease: HeldLease, watch: Watch) {
  const { clock } = course.scenario.target
  const besides = () => look(course, lease, watch)
  if (course.storage.reach === 'one') {
    const recovery = await answersAgain(course, { fromMs: crashedAtMs, besides })
    // Nobody renews it while the crash of one that does not come back is waited for: it would run out, which is no undo of ours.
    await lease.end()
    return recovery
  }
  const untilMs = clock.nowMs() + liesOnMs
  while (clock.nowMs() < untilMs || watch.struck === null) {
    await besides()
    if (clock.nowMs() > untilMs + leaseMs) break
    await clock.sleep(steadyPollMs)
  }
  const fromMs = (await lease.end()).atMs
  return answersAgain(course, { fromMs, holds: () => takenAtLast(course, watch) })
}

/** What is done under the lie: workloads are registered, and the authority crashes. */
async function strike(course: Registering, paths: readonly string[], lease: HeldLease, watch: Watch) {
  const known = new Set(await troubles(course))
  for (const path of paths) {
    await lease.renew()
    const { refused } = await register(course, path)
    if (refused === null) continue
    watch.told.add(refused)
    watch.refused.push(path)
  }
  await look(course, lease, watch)
  for (const trouble of known) watch.told.delete(trouble)
  const { scenario, journal } = course
  const { value } = await killOne(scenario, {
    role,
    journal,
    run: async (crashedAtMs) => ({ recovery: await recover(course, crashedAtMs, lease, watch) }),
  })
  return value
}

/** What became of it. */
export type Lied = { readonly recovery: Timed | null; readonly told: readonly string[] }

/** Lays the lie, registers, has the authority crash, and waits until it is back. The value is null where the lie struck nothing. */
export async function lieToAuthority(course: Registering, paths: readonly string[]): Promise<LeaseEnd<Lied>> {
  const { scenario, journal, storage } = course
  const { target, observe } = scenario
  const watch: Watch = { refused: [], told: new Set(), struck: null }
  const name = nameOf(storage)
  let recovery: Timed | null = null
  return underLease<Lied>({
    driver: processDriver(target),
    clock: target.clock,
    journal,
    order: { fault: lyingStorage.name, strike: { fault: lyingStorage.primitive, scope: { storage } }, leaseMs },
    // A lie to whoever reads strikes only whoever is started again: so the whole course is a part of the proof.
    prove: async (lease) => {
      const recovered = await strike(course, paths, lease, watch)
      recovery = recovered?.recovery ?? null
      const { struck } = watch
      const seen = `${name}: struck ${struck?.times ?? 0} operations`
      return { proven: struck !== null && recovered !== null, provenAtMs: struck?.atMs ?? null, seen }
    },
    run: async () => {
      const told = [...watch.told]
      observe.history('storage-believed', { type: 'lie', lie: name, told })
      return { recovery, told }
    },
    proveUndone: async () => [],
  })
}

/** Whether every storage holds again all that was acknowledged, within so many ms; what is wrong where one does not. */
export const wholeAgain = ({ scenario: { target } }: Registering, withinMs: number): Promise<string | null> =>
  soundAgain(
    target.clock,
    withinMs,
    async () => expectOk('identityStatus', await target.identity.identityStatus({})).journal ?? [],
  )
