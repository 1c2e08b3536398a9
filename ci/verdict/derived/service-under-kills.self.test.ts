import { expect, test } from 'vitest'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { replicaAlwaysServing } from '../checkers/replica-always-serving.ts'
import { serviceUnderKills } from './service-under-kills.ts'

type Item = HistoryItem<'replica-always-serving'>
type Event = Extract<Item, { type: 'event' }>

const seconds = 20
const perS = 100
const killAtMs = 5_000
const steady = { quantile: 0.95, limitMs: 200, heldMs: 5_000 }
const budget = { faultsIn30Days: 30, gapS: 1 }

/** A load of 100 events a second, each taken in 5 ms and alerted 10 ms after it was due, with one kill; `change` says what was otherwise. */
function history(change: (event: Event) => Event = (event) => event, more: readonly Item[] = []): readonly Item[] {
  const events = Array.from({ length: seconds * perS }, (_, index): Event => {
    const dueAtMs = (index * 1_000) / perS
    const acceptedAtMs = dueAtMs + 5
    return change({ type: 'event', load: 0, dueAtMs, acceptedAtMs, alertedAtMs: dueAtMs + 10, failures: 0 })
  })
  const up = (atMs: number, count: number): Item => ({ type: 'replicas', load: 0, atMs, up: count })
  return [
    { type: 'load', load: 0, fromMs: 0, toMs: seconds * 1_000, steady, budget },
    { type: 'kill', load: 0, atMs: killAtMs, instance: 'a' },
    up(1_000, 3),
    up(killAtMs + 100, 2),
    up(killAtMs + 1_000, 3),
    ...events,
    ...more,
  ]
}

const valueOf = (items: readonly Item[], name: string) => {
  const series = serviceUnderKills(items).series.find((one) => one.name === name)
  return series === undefined ? undefined : (series.values[0] ?? null)
}
const within = (fromMs: number, toMs: number) => (event: Event) => event.dueAtMs >= fromMs && event.dueAtMs < toMs

test('a kill that nobody noticed costs nothing', () => {
  const items = history()
  expect(replicaAlwaysServing(items)).toEqual([])
  expect(valueOf(items, 'failover-gap')).toBeCloseTo(0.01, 6)
  expect(valueOf(items, 'failover-first-try-failures')).toBe(0)
  expect(valueOf(items, 'failover-retry-failures')).toBe(0)
  expect(valueOf(items, 'cascade-recovery')).toBe(0)
  expect(valueOf(items, 'event-outage-budget')).toBe(30)
})

test('the longest gap without a success counts, at the ends of the load as well', () => {
  const silent = (fromMs: number, toMs: number) =>
    history((event) => (within(fromMs, toMs)(event) ? { ...event, acceptedAtMs: null, failures: 2 } : event))
  expect(valueOf(silent(killAtMs, killAtMs + 1_500), 'failover-gap')).toBeCloseTo(1.51, 6)
  expect(valueOf(silent(killAtMs, killAtMs + 1_500), 'event-outage-budget')).toBeCloseTo(45.3, 6)
  expect(valueOf(silent(18_000, 20_000), 'failover-gap')).toBeCloseTo(2.005, 6)
  expect(valueOf(silent(0, 3_000), 'failover-gap')).toBeCloseTo(3.005, 6)
  expect(valueOf(silent(killAtMs, killAtMs + 1_500), 'failover-retry-failures')).toBe(150)
  expect(replicaAlwaysServing(silent(6_500, 8_000))).toEqual([
    'nothing was taken in for the second from 7.0 s into load 0',
  ])
})

test('a failed first try counts though the second succeeded', () => {
  const items = history((event) => (within(5_000, 5_100)(event) ? { ...event, failures: 1 } : event))
  expect(valueOf(items, 'failover-first-try-failures')).toBeCloseTo(10 / 2_000, 9)
  expect(valueOf(items, 'failover-retry-failures')).toBe(0)
  // Steady again is only what needs no second try.
  expect(valueOf(items, 'cascade-recovery')).toBeCloseTo(0.1, 6)
})

test('recovery ends where the limits of a steady service are held, and not before', () => {
  const slowUntil = (toMs: number) =>
    history((event) => (within(killAtMs, toMs)(event) ? { ...event, alertedAtMs: event.dueAtMs + 300 } : event))
  expect(valueOf(slowUntil(8_000), 'cascade-recovery')).toBeGreaterThan(2.9)
  expect(valueOf(slowUntil(8_000), 'cascade-recovery')).toBeLessThanOrEqual(3)
  // One in twenty may be late at any time.
  const some = history((event) => (event.dueAtMs % 400 === 0 ? { ...event, alertedAtMs: null } : event))
  expect(valueOf(some, 'cascade-recovery')).toBe(0)
  // The load ended before it was held long enough.
  expect(valueOf(slowUntil(17_000), 'cascade-recovery')).toBeNull()
})

test('latency while replicas are missing is judged by itself, and what never came is late', () => {
  const items = history((event) => (within(killAtMs, 5_500)(event) ? { ...event, alertedAtMs: null } : event))
  const [latencies] = serviceUnderKills(items).latencies
  expect(latencies?.values).toHaveLength(100)
  expect(latencies?.values.filter((ms) => ms > 1_000)).toHaveLength(50)
  // Without a reading that shows all replicas again, they are missing to the end.
  const never = items.filter((item) => !(item.type === 'replicas' && item.atMs > killAtMs + 500))
  expect(serviceUnderKills(never).latencies[0]?.values).toHaveLength(1_500)
})

test('no replica up is a violation, whoever answered; without a kill nothing is derived', () => {
  const nobody = history(undefined, [{ type: 'replicas', load: 0, atMs: 6_000, up: 0 }])
  expect(replicaAlwaysServing(nobody)).toEqual(['no replica was up 6.0 s into load 0'])
  expect(serviceUnderKills(history().filter(({ type }) => type !== 'kill')).series).toEqual([])
})

test('each load is judged by itself', () => {
  const second = history().map((item): Item => ({ ...item, load: 1 }))
  const { series } = serviceUnderKills([...history(), ...second])
  expect(series.filter(({ name }) => name === 'failover-gap')).toHaveLength(2)
})
