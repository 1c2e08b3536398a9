import { expect, test } from 'vitest'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { costsAccounted } from '../checkers/costs-accounted.ts'
import { eventCosts } from './event-costs.ts'

type Item = HistoryItem<'costs-accounted'>
type Use = Extract<Item, { type: 'use' }>
type Mark = Extract<Item, { type: 'mark' }>

const bytesPerEvent = 1_500

/** Instants in s and what was taken in by then; the journal is waited for 0.6 ms for each event. */
const marks = [
  ['rest', 0, 0],
  ['load', 4, 0],
  ['rest-again', 26, 5_000],
  ['incidents', 30, 5_000],
  ['end', 40, 7_000],
] as const

/** Two replicas, each of which uses 2 % of a core at rest and 0.3 ms with an event; `change` says what was otherwise. */
function history(change: (item: Item) => Item | readonly Item[] = (item) => item): readonly Item[] {
  const useAt = (atS: number, events: number): readonly Use[] =>
    ['a', 'b'].map((instance, index) => ({
      type: 'use',
      role: 'replica',
      instance,
      pid: 7 + index,
      atMs: atS * 1_000,
      residentBytes: 80e6,
      cpuMs: 20 * atS + 0.3 * events,
      callBytes: events * 2 * bytesPerEvent,
    }))
  const begun = marks.flatMap(([mark, atS, events]): readonly Item[] => [
    {
      type: 'mark',
      mark,
      atMs: atS * 1_000,
      events,
      incidents: Math.max(0, events - 5_000),
      outsideBytes: events * bytesPerEvent,
      journal: { syncs: events / 4, waitedMs: 0.6 * events },
    },
    ...useAt(atS, events),
  ])
  const held = (['before', 'after', 'under-way'] as const).flatMap((when, index) =>
    ['a', 'b'].map((instance): Item => ({
      type: 'held',
      when,
      instance,
      heldBytes: [30e6, 30.7e6, 32e6][index] ?? 0,
      residentBytes: 80e6,
      events: [0, 7_000, 8_000][index] ?? 0,
      unfinished: [0, 0, 1_000][index] ?? 0,
    })),
  )
  return [...begun, ...held].flatMap(change)
}

const costs = (items: readonly Item[]) =>
  Object.fromEntries(eventCosts(items).series.map(({ name, values }) => [name, values[0]]))

test('an event costs what was used under load less what is used at rest, and an incident what its journal waited', () => {
  expect(costs(history())).toEqual({
    'cost-cpu': expect.closeTo(0.6, 6),
    'cost-network': expect.closeTo(1.5, 6),
    'cost-disk': expect.closeTo(0.6, 6),
    'cost-memory:left-behind': expect.closeTo(0.2, 6),
    'cost-memory:under-way': expect.closeTo(2.6, 6),
  })
  expect(costsAccounted(history())).toEqual([])
})

test('of two stretches at rest the one that used less is taken off', () => {
  const late = (item: Use) => (item.atMs >= 30_000 ? { ...item, cpuMs: item.cpuMs + 400 } : item)
  expect(costs(history((item) => (item.type === 'use' ? late(item) : item)))).toMatchObject({
    'cost-cpu': expect.closeTo(0.6, 6),
  })
})

test('what was not read costs nothing that could be told, and no zero', () => {
  const without = (mark: Mark['mark']) => history((item) => (item.type === 'mark' && item.mark === mark ? [] : item))
  expect(eventCosts(without('rest-again')).series).toEqual([])
  const blind = history((item) => (item.type === 'use' && item.instance === 'b' && item.atMs === 26_000 ? [] : item))
  expect(costs(blind)).not.toHaveProperty('cost-cpu')
  const silent = history((item) => (item.type === 'mark' ? { ...item, journal: null } : item))
  expect(costs(silent)).not.toHaveProperty('cost-disk')
  const absent = history((item) => (item.type === 'held' && item.instance === 'b' && item.when === 'after' ? [] : item))
  expect(Object.keys(costs(absent))).toEqual(['cost-cpu', 'cost-network', 'cost-disk'])
})

test('who holds more than is resident is not believed', () => {
  const told = history((item) => (item.type === 'held' && item.when === 'after' ? { ...item, heldBytes: 90e6 } : item))
  expect(costsAccounted(told)).toEqual([
    'a tells that it holds 90000000 bytes, and 80000000 are resident',
    'b tells that it holds 90000000 bytes, and 80000000 are resident',
  ])
})

test('work that other processes did, a replica started anew and a journal without a disk are told', () => {
  const fronted = history((item) => (item.type === 'use' ? { ...item, callBytes: (item.callBytes ?? 0) / 300 } : item))
  expect(costsAccounted(fronted)).toEqual([
    '7500000 bytes went between the service and the outside, 100000 of them through its replicas',
  ])
  const anew = history((item) => (item.type === 'use' && item.atMs > 20_000 ? { ...item, pid: item.pid + 10 } : item))
  expect(costsAccounted(anew)).toEqual(['a ran as 2 processes: 7, 17', 'b ran as 2 processes: 8, 18'])
  const unsynced = history((item) => (item.type === 'mark' ? { ...item, journal: { syncs: 3, waitedMs: 0 } } : item))
  expect(costsAccounted(unsynced)).toEqual(['2000 events were taken in, and the journal came to no disk'])
})
