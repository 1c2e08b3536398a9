/** What the processes of the service use, read from outside: raw readings, of which the judge makes what an event costs. */
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
const pageSize = 1_000
const everyMs = 250

/** What senders and receivers know. */
export type Counts = { readonly events: number; readonly outsideBytes: number }

export type CostReadings = {
  /** A stretch begins. */
  readonly mark: (mark: Mark['mark']) => Promise<Mark>
  /** Reads the replicas again and again until `work` has ended; answers what it answers. */
  readonly during: <T>(work: Promise<T>) => Promise<T>
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

export function readCosts(scenario: Costed, counts: () => Counts): CostReadings {
  const { target, observe } = scenario
  const { clock, control, events } = target
  const incidents = incidentCount(scenario)
  const uses: Use[] = []
  let replicas: readonly { readonly instance: string; readonly pid: number }[] = []

  const note = (item: Item): void => observe.history('costs-accounted', item)
  const take = (use: Use): void => {
    uses.push(use)
    note(use)
  }
  const readReplicas = (about: Pick<Use, 'atMs' | 'events'>): number => {
    const read = replicas.flatMap(({ instance, pid }): Use[] => {
      const use = useOf(pid)
      if (use === null) return []
      const { residentBytes, cpuMs } = use
      const callBytes = callBytesOf(pid)
      return [{ type: 'use', role: 'replica', instance, pid, residentBytes, cpuMs, callBytes, ...about }]
    })
    read.forEach(take)
    return read.length
  }
  const readOthers = (about: Pick<Use, 'atMs' | 'events'>, databases: readonly { instance: string; pid: number }[]) => {
    for (const { instance, pid } of databases) {
      const use = familyUseOf(pid)
      if (use !== null) take({ type: 'use', role: 'database', instance, pid, ...use, callBytes: null, ...about })
    }
    const own = useOf(process.pid)
    if (own === null) return
    const { pid, residentBytes, cpuMs } = own
    take({ type: 'use', role: 'generator', instance: 'suite', pid, residentBytes, cpuMs, callBytes: null, ...about })
  }
  const at = (role: Use['role'], { atMs }: Mark) => uses.filter((use) => use.role === role && use.atMs === atMs)
  /** Null where a process was not read, or did not tell. */
  const sumAt = (role: Use['role'], mark: Mark, pick: (use: Use) => number | null): number | null => {
    const found = at(role, mark).map(pick)
    return found.length === 0 ? null : found.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0)
  }
  const between = (role: Use['role'], [from, to]: readonly [Mark, Mark], pick: (use: Use) => number | null) => {
    const [first, last] = [sumAt(role, from, pick), sumAt(role, to, pick)]
    return first === null || last === null ? null : last - first
  }
  return {
    mark: async (mark) => {
      const components = expectOk('components', await control.components({}))
      const of = (wanted: string) =>
        components.flatMap(({ role, instance, pid }) => (role === wanted && pid !== null ? [{ instance, pid }] : []))
      replicas = of(replicaRole)
      const { journal = null } = expectOk('eventDatabase', await events.eventDatabase({}))
      const opened = await incidents()
      const { events: taken, outsideBytes } = counts()
      const about = { atMs: clock.nowMs(), events: taken }
      const told = components.filter(({ role }) => role === replicaRole).length
      const read = readReplicas(about)
      observe.premise({
        claim: 'positive control',
        measured: told === 0 ? 1 : told - read,
        limit: 0,
        unit: 'replicas that can not be read',
        noise: false,
        detail: `${told} are told at ${mark}: run as their user, or as root`,
      })
      readOthers(about, of(databaseRole))
      const item: Mark = { type: 'mark', mark, ...about, incidents: opened, outsideBytes, journal }
      note(item)
      return item
    },
    during: async (work) => {
      let isOver = false
      const end = () => (isOver = true)
      work.then(end, end)
      while (!isOver) {
        readReplicas({ atMs: clock.nowMs(), events: counts().events })
        await clock.sleep(everyMs)
      }
      return work
    },
    cpuMsBetween: (role, from, to) => between(role, [from, to], ({ cpuMs }) => cpuMs),
    residentBytesAt: (role, mark) => sumAt(role, mark, ({ residentBytes }) => residentBytes),
    callBytesBetween: (from, to) => between('replica', [from, to], ({ callBytes }) => callBytes),
  }
}
