/** What the database of the events plane goes through while a load runs: waits for it, what it gave up, what it read from end to end. */
import { setTimeout as delay } from 'node:timers/promises'
import { sla } from '../../sla.config.ts'
import type { EventsPlane, ThreatEvent } from '../../suites/contract/events.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Target } from '../../suites/contract/target.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { seriesTotal } from '../../suites/evidence/series.ts'
import { grownBetween, readOwnClock } from './event-clocks.ts'

const { largeTableRows } = sla.deployment.events
const waitSeries = 'events_pool_wait_seconds'
const failureSeries = 'events_database_failures_total'
const everyMs = 1_000
const senders = 64

type Reading = Extract<Awaited<ReturnType<EventsPlane['eventDatabase']>>, { ok: true }>['value']
type Events = NonNullable<Target['events']>

export type DatabaseWatch = {
  /** Ends the watch and writes down what it saw: waits as latencies, all else as checks. */
  readonly end: (observe: Observe) => Promise<void>
  /** Ends a watch that nothing is to be written of. */
  readonly stop: () => void
}

/**
 * Makes the tables large before the load: what an index saves is seen in large ones alone. All events repeat the content of
 * the first, so that they are stored and set nothing off.
 */
async function fill(events: Events, prefix: string): Promise<void> {
  const one: Omit<ThreatEvent, 'id'> = {
    kind: 'normal',
    source: prefix,
    destination: 'filling',
    severity: 0,
    confidence: 1,
    features: {},
  }
  const { tables } = expectOk('eventDatabase', await events.eventDatabase({}))
  const rows = Math.max(0, ...tables.map((table) => table.rows))
  const left = Array.from({ length: Math.max(0, largeTableRows + senders - rows) }, (_, index) => index).values()
  const send = async () => {
    for (const index of left) await events.postEvent({ ...one, id: `${prefix}-filling-${index}` })
  }
  await Promise.all(Array.from({ length: senders }, send))
}

/** Tables that were large at the earlier of two readings and have been read from end to end since. */
const scannedBetween = (earlier: Reading, later: Reading): readonly string[] =>
  earlier.tables.flatMap(({ name, rows, sequentialScans }) => {
    const scans = (later.tables.find((table) => table.name === name)?.sequentialScans ?? 0) - sequentialScans
    return rows > largeTableRows && scans > 0 ? [`${name} with ${rows} rows, ${scans} times`] : []
  })

/** Null where the target has no events plane to ask. Rejects where it tells nothing of its database. */
export async function watchDatabase(target: Target, prefix: string): Promise<DatabaseWatch | null> {
  const { events } = target
  if (events === undefined) return null
  await fill(events, prefix)
  const readings = [expectOk('eventDatabase', await events.eventDatabase({}))]
  const failuresOf = async () => seriesTotal(await target.exposition(), failureSeries)
  const before = { waits: await readOwnClock(target, waitSeries), failures: await failuresOf() }
  let isOver = false
  const read = async () => {
    const answer = await events.eventDatabase({})
    if (answer.ok) readings.push(answer.value)
  }
  const reading = (async () => {
    while (!isOver) {
      await delay(everyMs)
      await read()
    }
  })()
  return {
    stop: () => {
      isOver = true
    },
    end: async (observe) => {
      isOver = true
      await reading
      await read()
      const waits = grownBetween(before.waits, await readOwnClock(target, waitSeries))
      // Each wait counts as the upper edge of its cell: the limit is an edge, so none is taken for shorter than it.
      for (const [cell, count] of (waits?.counts ?? []).entries()) {
        const ms = waits?.edgesMs[cell] ?? 2 * (waits?.edgesMs.at(-1) ?? 0)
        for (let wait = 0; wait < count; wait += 1) observe.duration('pool-wait', ms)
      }
      const failures = await failuresOf()
      // Nobody who tells nothing of failures has had none.
      const failed = failures === null || before.failures === null ? null : failures - before.failures
      const told = failed === null ? 'is exposed by nobody' : `grew by ${failed}`
      observe.check('no statement runs into a time-out', failed === 0, `${failureSeries} ${told}`)
      observeReadings(observe, readings)
      await observePlans(observe, events, readings.at(-1))
    },
  }
}

function observeReadings(observe: Observe, readings: readonly Reading[]): void {
  const [first, last] = [readings[0], readings.at(-1)]
  const deadlocks = (last?.deadlocks ?? 0) - (first?.deadlocks ?? 0)
  observe.check('no deadlock', deadlocks === 0, `${deadlocks} deadlocks`)
  const largest = last?.tables.toSorted((a, b) => b.rows - a.rows)[0]
  const isLarge = (largest?.rows ?? 0) > largeTableRows
  observe.check('some table is large enough to tell', isLarge, `${largest?.name} has ${largest?.rows} rows`)
  for (const [index, later] of readings.slice(1).entries()) {
    const earlier = readings[index]
    const scanned = earlier === undefined ? [] : scannedBetween(earlier, later)
    observe.check('no large table is read from end to end', scanned.length === 0, scanned.join('; '), { noise: false })
  }
}

/** Plans go into the evidence, and none of them reads a large table from end to end. */
async function observePlans(observe: Observe, events: Events, last: Reading | undefined): Promise<void> {
  const statements = expectOk('eventStatements', await events.eventStatements({}))
  observe.check('statements and plans are told', statements.length > 0, 'none is')
  const large = new Set((last?.tables ?? []).flatMap(({ name, rows }) => (rows > largeTableRows ? name : [])))
  for (const { name, scanned } of statements) {
    const found = scanned.filter((table) => large.has(table))
    const seen = `${name}: ${found.join(', ')}`
    observe.check('no plan reads a large table from end to end', found.length === 0, seen, { noise: false })
  }
  const parsed = statements.map(({ plan, ...rest }) => ({ ...rest, plan: JSON.parse(plan) as unknown }))
  observe.file('statements', 'plans', JSON.stringify(parsed, null, 2))
}
