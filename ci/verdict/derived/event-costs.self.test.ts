import { expect, test } from 'vitest'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { costsAccounted } from '../checkers/costs-accounted.ts'
import { eventCosts } from './event-costs.ts'

type Item = HistoryItem<'costs-accounted'>
type Use = Extract<Item, { type: 'use' }>
type Mark = Extract<Item, { type: 'mark' }>

const perS = 250
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
      events,
      residentBytes: 80e6 + (Math.round(atS * 4) % 5) * 1e6,
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
  const during = Array.from({ length: 79 }, (_, index) => useAt(4.25 + index / 4, Math.round(((index + 1) * perS) / 4)))
  return [...begun, ...during.flat()].flatMap(change)
}

const costs = (items: readonly Item[]) => {
  const { series, bounded } = eventCosts(items, 0.95)
  return { ...Object.fromEntries(series.map(({ name, values }) => [name, values[0]])), memory: bounded[0] }
}

test('an event costs what was used under load less what is used at rest, and an incident what its journal waited', () => {
  const { memory, ...found } = costs(history())
  expect(found).toEqual({
    'cost-cpu': expect.closeTo(0.6, 6),
    'cost-network': expect.closeTo(1.5, 6),
    'cost-disk': expect.closeTo(0.6, 6),
  })
  expect(memory?.upper).toBeLessThan(1)
  expect(memory?.lower).toBeGreaterThan(-1)
  expect(costsAccounted(history())).toEqual([])
})

test('what stays of each event is seen over the rise and fall of a heap', () => {
  const kept = history((item) =>
    item.type === 'use' ? { ...item, residentBytes: item.residentBytes + item.events * 4_000 } : item,
  )
  const { memory } = costs(kept)
  expect(memory?.estimate).toBeCloseTo(8, 0)
  expect(memory?.lower).toBeGreaterThan(5)
})

test('of two stretches at rest the one that used less is taken off', () => {
  const late = (item: Use) => (item.atMs >= 30_000 ? { ...item, cpuMs: item.cpuMs + 400 } : item)
  expect(costs(history((item) => (item.type === 'use' ? late(item) : item)))).toMatchObject({
    'cost-cpu': expect.closeTo(0.6, 6),
  })
})

test('what was not read costs nothing that could be told, and no zero', () => {
  const without = (mark: Mark['mark']) =>
    history((item) => (item.type === 'mark' && item.mark === mark ? [] : item))
  expect(eventCosts(without('rest-again'), 0.95).series).toEqual([])
  const blind = history((item) => (item.type === 'use' && item.instance === 'b' && item.atMs === 26_000 ? [] : item))
  expect(costs(blind)).not.toHaveProperty('cost-cpu')
  const silent = history((item) => (item.type === 'mark' ? { ...item, journal: null } : item))
  expect(costs(silent)).not.toHaveProperty('cost-disk')
})

test('work that other processes did, a replica started anew and a journal without a disk are told', () => {
  const fronted = history((item) => (item.type === 'use' ? { ...item, callBytes: item.events * 10 } : item))
  expect(costsAccounted(fronted)).toEqual([
    '7500000 bytes went between the service and the outside, 100000 of them through its replicas',
  ])
  const anew = history((item) => (item.type === 'use' && item.atMs > 20_000 ? { ...item, pid: item.pid + 10 } : item))
  expect(costsAccounted(anew)).toEqual(['a ran as 2 processes: 7, 17', 'b ran as 2 processes: 8, 18'])
  const unsynced = history((item) => (item.type === 'mark' ? { ...item, journal: { syncs: 3, waitedMs: 0 } } : item))
  expect(costsAccounted(unsynced)).toEqual(['2000 events were taken in, and the journal came to no disk'])
})
