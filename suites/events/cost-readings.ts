/** What the processes of the service use, read from outside: raw readings, of which the judge makes what an event costs. */
import type { Component } from '../contract/control.ts'
import { callBytesOf, familyUseOf, useOf } from '../contract/process-use-target.ts'
import { expectOk } from '../contract/outcome.ts'
import type { HistoryItem } from '../evidence/history.ts'
import type { Scenario } from '../requirement.ts'

type Costed = Pick<Scenario<'events' | 'incidents' | 'control'>, 'target' | 'observe'>
type Item = HistoryItem<'costs-accounted'>
type Mark = Extract<Item, { type: 'mark' }>
type Use = Extract<Item, { type: 'use' }>

const replicaRole = 'event-replica'
const databaseRole = 'event-database'
type Held = Extract<Item, { type: 'held' }>
type Process = { readonly instance: string; readonly pid: number }

const pageSize = 1_000

/** What senders and receivers know. */
export type Counts = { readonly events: number; readonly outsideBytes: number }

export type CostReadings = {
  /** A stretch begins. */
  readonly mark: (mark: Mark['mark']) => Promise<Mark>
  /** What the replicas hold at this instant. */
  readonly held: (when: Held['when']) => Promise<void>
  /** Of these processes, what they used in all between two marks, in ms of processor time; null where that was not read. */
  readonly cpuMsBetween: (role: Use['role'], from: Mark, to: Mark) => number | null
  /** Of these processes, what was resident at a mark; null where that was not read. */
  readonly residentBytesAt: (role: Use['role'], at: Mark) => number | null
  /** What went through the calls of all replicas between two marks; null where nobody tells. */
  readonly callBytesBetween: (from: Mark, to: Mark) => number | null
}

/** Counts the incidents that were opened since the last time it was asked, and those before. */
function incidentCount({ target: { incidents } }: Costed): () => Promise<number> {
  let [after, count] = [0, 0]
  return async () => {
    for (;;) {
      const page = expectOk('incidents', await incidents.incidents({ after, limit: pageSize }))
      if (page.incidents.length === 0) return count
      count += page.incidents.length
      after = page.next
    }
  }
}

/** Those that are processes of this machine. */
const processesOf = (components: readonly Component[]): readonly Process[] =>
  components.flatMap(({ instance, pid }) => (pid === null ? [] : [{ instance, pid }]))

/** Replicas that can be read. */
const replicaUses = (replicas: readonly Process[], atMs: number): readonly Use[] =>
  replicas.flatMap(({ instance, pid }): Use[] => {
    const use = useOf(pid)
    if (use === null) return []
    const { residentBytes, cpuMs } = use
    return [{ type: 'use', role: 'replica', instance, pid, residentBytes, cpuMs, callBytes: callBytesOf(pid), atMs }]
  })

/** The database with its children, and this process, which generates the load. */
function otherUses(databases: readonly Process[], atMs: number): readonly Use[] {
  const of = databases.map((one) => ({ role: 'database', ...one, use: familyUseOf(one.pid) }) as const)
  const own = { role: 'generator', instance: 'suite', pid: process.pid, use: useOf(process.pid) } as const
  return [...of, own].flatMap(({ role, instance, pid, use }): Use[] => {
    if (use === null) return []
    const { residentBytes, cpuMs } = use
    return [{ type: 'use', role, instance, pid, residentBytes, cpuMs, callBytes: null, atMs }]
  })
}

/** Sums over processes of a role at the instant of a mark; null where one was not read, or did not tell. */
function sums(uses: readonly Use[]) {
  const at = (role: Use['role'], { atMs }: Mark, pick: (use: Use) => number | null): number | null => {
    const found = uses.filter((use) => use.role === role && use.atMs === atMs).map(pick)
    return found.length === 0 ? null : found.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0)
  }
  const between = (role: Use['role'], [from, to]: readonly [Mark, Mark], pick: (use: Use) => number | null) => {
    const [first, last] = [at(role, from, pick), at(role, to, pick)]
    return first === null || last === null ? null : last - first
  }
  return { at, between }
}

export function readCosts(scenario: Costed, counts: () => Counts): CostReadings {
  const { target, observe } = scenario
  const { clock, control, events } = target
  const incidents = incidentCount(scenario)
  const uses: Use[] = []
  const { at, between } = sums(uses)
  const take = (read: readonly Use[]): void => {
    for (const use of read) {
      uses.push(use)
      observe.history('costs-accounted', use)
    }
  }
  const componentsOf = async (wanted: string) =>
    expectOk('components', await control.components({})).filter(({ role }) => role === wanted)
  return {
    mark: async (mark) => {
      const [replicas, databases] = await Promise.all([componentsOf(replicaRole), componentsOf(databaseRole)])
      const { journal = null, uncounted = [] } = expectOk('eventDatabase', await events.eventDatabase({}))
      const opened = await incidents()
      const { events: taken, outsideBytes } = counts()
      const atMs = clock.nowMs()
      const read = replicaUses(processesOf(replicas), atMs)
      take([...read, ...otherUses(processesOf(databases), atMs)])
      const told = replicas.length
      observe.premise({
        claim: 'positive control',
        measured: told === 0 ? 1 : told - read.length,
        limit: 0,
        unit: 'replicas that can not be read',
        noise: false,
        detail: `${told} are told at ${mark}: run as their user, or as root`,
      })
      observe.premise({
        claim: 'positive control',
        measured: journal === null ? 1 : 0,
        limit: 0,
        unit: 'counts of the journal that nobody makes',
        noise: false,
        detail: uncounted.join('; ') || 'the target does not say why',
      })
      const item: Mark = { type: 'mark', mark, atMs, events: taken, incidents: opened, outsideBytes, journal }
      observe.history('costs-accounted', item)
      return item
    },
    held: async (when) => {
      const { events: taken } = counts()
      const told = expectOk('processMemory', await control.processMemory({ role: replicaRole }))
      // What was finished while they were asked is not counted: so an event is never told to hold less than it does.
      const { depth: unfinished } = expectOk('eventQueue', await events.eventQueue({}))
      const replicas = await componentsOf(replicaRole)
      for (const { instance, heldBytes } of told) {
        const pid = processesOf(replicas).find((replica) => replica.instance === instance)?.pid
        const residentBytes = pid === undefined ? null : (useOf(pid)?.residentBytes ?? null)
        const item: Held = { type: 'held', when, instance, heldBytes, residentBytes, events: taken, unfinished }
        observe.history('costs-accounted', item)
      }
      observe.check(
        'every replica tells what it holds',
        told.length === replicas.length,
        `${told.length} of ${replicas.length} do`,
      )
    },
    cpuMsBetween: (role, from, to) => between(role, [from, to], ({ cpuMs }) => cpuMs),
    residentBytesAt: (role, mark) => at(role, mark, ({ residentBytes }) => residentBytes),
    callBytesBetween: (from, to) => between('replica', [from, to], ({ callBytes }) => callBytes),
  }
}
