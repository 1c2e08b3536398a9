/** What the database of the events plane goes through while a load runs: waits for it, what it gave up, what it read from end to end. */
import { setTimeout as delay } from 'node:timers/promises'
import { sla } from '../../sla.config.ts'
import type { EventsPlane, ThreatEvent } from '../../suites/contract/events.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Target } from '../../suites/contract/target.ts'
import { grownBetween, readOwnClock } from '../../suites/evidence/own-clock.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { seriesTotal } from '../../suites/evidence/series.ts'
import { postPatiently } from '../../suites/events/post.ts'
import { messageOf } from './stop.ts'

const { largeTableRows } = sla.deployment.events
const waitSeries = { name: 'events_pool_wait_seconds' } as const
const failureSeries = 'events_database_failures_total'
const everyMs = 1_000
const senders = 64

type Reading = Extract<Awaited<ReturnType<EventsPlane['eventDatabase']>>, { ok: true }>['value']
type Events = Pick<EventsPlane, 'postEvent' | 'eventDatabase' | 'eventStatements'>
/** What is needed of a target to watch its database. */
export type Watched = Pick<Target, 'clock' | 'exposition'> & { readonly events?: Events }

/** The row that asks how the database fares. What goes wrong with its watch breaks this row, and none that shares the load. */
export type WatchingRow = { readonly observe: Observe; readonly breaks: (why: string) => void }

export type DatabaseWatch = {
  /** Ends the watch and writes down what it saw: waits as latencies, all else as checks. Never rejects. */
  readonly end: () => Promise<void>
  /** Ends a watch that nothing is to be written of. */
  readonly stop: () => void
}

/**
 * PostgreSQL looks once a minute at tables that have grown (autovacuum_naptime, with some room for its work), and goes on with
 * the plans of small ones until then.
 */
const learnsWithinMs = 75_000
/** So many readings in a row without a scan of a large table: it has learnt. */
const calmReadings = 3

/** Answers a sender of so many events, which all repeat the content of the first: they are stored and set nothing off. */
function filler({ clock }: Watched, events: Events, prefix: string): (count: number) => Promise<void> {
  const one: Omit<ThreatEvent, 'id'> = {
    kind: 'normal',
    source: prefix,
    destination: 'filling',
    severity: 0,
    confidence: 1,
    features: {},
  }
  let sent = 0
  return async (count) => {
    const end = sent + count
    const send = async () => {
      while (sent < end) {
        const event = { ...one, id: `${prefix}-filling-${sent}` }
        sent += 1
        const post = () => postPatiently({ events, clock }, event)
        // A connection that is just being closed answers nothing: what may have been taken in is told anew, with the same id.
        await post().catch(post).catch(post)
      }
    }
    await Promise.all(Array.from({ length: senders }, send))
  }
}

/**
 * Makes the table of events large before the load, whatever it holds: what an index saves is seen in large ones alone. Ends
 * with a reading, when the database has learnt how large it is, or has had the time to.
 */
async function fill(target: Watched, events: Events, prefix: string): Promise<Reading> {
  const { clock } = target
  const send = filler(target, events, prefix)
  await send(largeTableRows + senders)
  const deadlineMs = clock.nowMs() + learnsWithinMs
  let earlier = await readingOf(events)
  for (let calm = 0; calm < calmReadings && clock.nowMs() < deadlineMs;) {
    await send(senders)
    await clock.sleep(everyMs)
    const later = await readingOf(events)
    calm = scannedBetween(earlier, later).length === 0 ? calm + 1 : 0
    earlier = later
  }
  return earlier
}

const readingOf = async (events: Events): Promise<Reading> => expectOk('eventDatabase', await events.eventDatabase({}))

/** Tables that were large at the earlier of two readings and have been read from end to end since. */
const scannedBetween = (earlier: Reading, later: Reading): readonly string[] =>
  earlier.tables.flatMap(({ name, rows, sequentialScans }) => {
    const scans = (later.tables.find((table) => table.name === name)?.sequentialScans ?? 0) - sequentialScans
    return rows > largeTableRows && scans > 0 ? [`${name} with ${rows} rows, ${scans} times`] : []
  })

/** Null where the target has no events plane to ask, or tells nothing of its database: then the row is broken. */
export async function watchDatabase(
  target: Watched,
  prefix: string,
  { observe, breaks }: WatchingRow,
): Promise<DatabaseWatch | null> {
  const { events } = target
  if (events === undefined) return null
  const broken = (error: unknown): null => {
    breaks(`the database could not be watched: ${messageOf(error)}`)
    return null
  }
  const watch = await begin(target, events, prefix).catch(broken)
  return (
    watch && {
      stop: watch.stop,
      end: () =>
        watch
          .end(observe)
          .catch(broken)
          .then(() => undefined),
    }
  )
}

async function begin(target: Watched, events: Events, prefix: string) {
  const read = () => readingOf(events)
  const readings = [await fill(target, events, prefix)]
  const failuresOf = async () => seriesTotal(await target.exposition(), failureSeries)
  const before = { waits: await readOwnClock(target, waitSeries), failures: await failuresOf() }
  const over = new AbortController()
  const reading = (async () => {
    while (!over.signal.aborted) {
      await delay(everyMs, undefined, { signal: over.signal }).catch(() => undefined)
      // A target that is too busy to answer leaves a hole in the readings.
      await read().then(
        (one) => readings.push(one),
        () => undefined,
      )
    }
  })()
  return {
    stop: () => over.abort(),
    end: async (observe: Observe) => {
      over.abort()
      await reading
      const last = await read()
      readings.push(last)
      const waits = grownBetween(before.waits, await readOwnClock(target, waitSeries))
      // Each wait counts as the upper edge of its cell: the limit is an edge, so none is taken for shorter than it.
      for (const [cell, count] of (waits?.counts ?? []).entries()) {
        const ms = waits?.edgesMs[cell] ?? 2 * (waits?.edgesMs.at(-1) ?? 0)
        for (let wait = 0; wait < count; wait += 1) observe.duration('pool-wait', ms)
      }
      const failures = await failuresOf()
      // Who tells nothing of failures need not have had none.
      const failed = failures === null || before.failures === null ? null : failures - before.failures
      const told = failed === null ? 'is exposed by nobody' : `grew by ${failed}`
      observe.check('no statement runs into a time-out', failed === 0, `${failureSeries} ${told}`)
      observeReadings(observe, readings)
      await observePlans(observe, events, last)
    },
  }
}

function observeReadings(observe: Observe, readings: readonly Reading[]): void {
  const [first, last] = [readings[0], readings.at(-1)]
  const deadlocks = (last?.deadlocks ?? 0) - (first?.deadlocks ?? 0)
  observe.check('no deadlock', deadlocks === 0, `${deadlocks} deadlocks`)
  const largest = last?.tables.toSorted((a, b) => b.rows - a.rows)[0]
  observe.premise({
    claim: 'positive control',
    measured: Math.max(0, largeTableRows + 1 - (largest?.rows ?? 0)),
    limit: 0,
    unit: 'rows too few to tell',
    noise: false,
    detail: `${largest?.name} has ${largest?.rows} rows`,
  })
  for (const [index, later] of readings.slice(1).entries()) {
    const earlier = readings[index]
    const scanned = earlier === undefined ? [] : scannedBetween(earlier, later)
    observe.check('no large table is read from end to end', scanned.length === 0, scanned.join('; '), { noise: false })
  }
}

/** Plans go into the evidence, and none of them reads a large table from end to end. */
async function observePlans(observe: Observe, events: Events, last: Reading): Promise<void> {
  const statements = expectOk('eventStatements', await events.eventStatements({}))
  observe.check('statements and plans are told', statements.length > 0, 'none is')
  const large = new Set(last.tables.flatMap(({ name, rows }) => (rows > largeTableRows ? name : [])))
  for (const { name, scanned } of statements) {
    const found = scanned.filter((table) => large.has(table))
    const seen = `${name}: ${found.join(', ')}`
    observe.check('no plan reads a large table from end to end', found.length === 0, seen, { noise: false })
  }
  const parsed = statements.map(({ plan, ...rest }) => ({ ...rest, plan: JSON.parse(plan) as unknown }))
  observe.file('statements', 'plans', JSON.stringify(parsed, null, 2))
}
