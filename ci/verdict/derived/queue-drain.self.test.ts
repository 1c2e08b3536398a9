import { expect, test } from 'vitest'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { queueDrained } from '../checkers/queue-drained.ts'
import { derive } from './registry.ts'
import { queueDrain } from './queue-drain.ts'

type Item = HistoryItem<'queue-drained'>

const load: Item = { type: 'load', load: 0, fromMs: 1_000, toMs: 11_000 }
const depth = (atMs: number, told: number): Item => ({ type: 'depth', load: 0, atMs, depth: told })
const alert = (atMs: number | null, byMs = atMs): Item => ({ type: 'last-alert', load: 0, atMs, byMs })
const drain = (items: readonly Item[]) => {
  const [series] = queueDrain(items).series
  return series === undefined ? undefined : (series.values[0] ?? null)
}

const before = [load, depth(500, 0), depth(900, 0)]
const after = [depth(5_000, 400), depth(11_000, 300), depth(12_000, 100), depth(13_000, 0), depth(13_250, 0)]

test('the queue is drained when both its depth and the last alert say so', () => {
  expect(drain([...before, ...after, alert(12_800)])).toBe(2)
  expect(drain([...before, ...after, alert(13_060)])).toBe(2.06)
  expect(queueDrained([...before, ...after, alert(13_060)])).toEqual([])
})

test('steady is what the queue held before the load, not zero', () => {
  expect(drain([load, depth(500, 100), ...after, alert(11_500)])).toBe(1)
})

test('a depth that rises again was not drained, and one that never comes down is censored', () => {
  expect(drain([...before, ...after, depth(14_000, 5), depth(15_000, 0), alert(12_000)])).toBe(4)
  expect(drain([...before, ...after, depth(14_000, 5), alert(12_000)])).toBeNull()
  expect(drain([...before, ...after, alert(null)])).toBeNull()
})

test('a queue that was not read before or after the load has no drain', () => {
  expect(drain([load, ...after, alert(12_000)])).toBeUndefined()
  expect(drain([...before, depth(5_000, 400), alert(12_000)])).toBeUndefined()
})

test('whoever calls a queue empty has nothing left to deliver', () => {
  expect(queueDrained([...before, ...after, alert(15_000)])).toEqual([
    'the queue of load 0 was told to be empty 2000 ms before an alert of it arrived',
  ])
  // When senders gave up on it, nobody knows when it came: late for the drain, and no reproach.
  expect(queueDrained([...before, ...after, alert(12_800, 15_000)])).toEqual([])
  expect(drain([...before, ...after, alert(12_800, 15_000)])).toBe(4)
})

test('the judge derives it from items that can be read, and nothing from other histories', () => {
  const raw: unknown[] = [...before, ...after, alert(12_800), { type: 'depth', depth: -1 }]
  expect(derive('queue-drained', () => raw, 0.95).series).toMatchObject([{ name: 'burst-drain', values: [2] }])
  expect(derive('views-converged', () => raw, 0.95).series).toEqual([])
})
