import { expect, test } from 'vitest'
import { loadOf } from '../../k6/shapes.ts'
import { metricNames } from '../../k6/thresholds.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { ArrivalLog } from './arrival-log.ts'
import { closedCellOf } from '../../suites/evidence/cells.ts'
import { grownBetween, readOwnClock } from '../../suites/evidence/own-clock.ts'
import { endToEndSeries, observeClocks } from './event-clocks.ts'

const text = (counts: readonly [number, number, number]): string => {
  const [low, middle, all] = [counts[0], counts[0] + counts[1], counts[0] + counts[1] + counts[2]]
  const bucket = (le: string, count: number) => `events_end_to_end_seconds_bucket{le="${le}"} ${count}`
  return [bucket('0.01', low), bucket('0.1', middle), bucket('+Inf', all), 'events_end_to_end_seconds_sum 1'].join('\n')
}
const read = (...texts: readonly string[]) => readOwnClock({ exposition: () => Promise.resolve(texts) }, endToEndSeries)

test('between two readings only the load counts, and a process that was started anew counts from zero', async () => {
  const grown = grownBetween(await read(text([5, 5, 0]), text([9, 9, 9])), await read(text([8, 6, 1]), text([1, 0, 0])))
  expect(grown).toEqual({ edgesMs: [10, 100], counts: [4, 1, 1] })
  expect(grownBetween(null, await read(text([1, 1, 0])))?.counts).toEqual([1, 1, 0])
  expect(grownBetween(null, null)).toBeNull()
  expect(grownBetween(await read('nothing'), await read('nothing'))).toBeNull()
})

test('a target whose series can not be read is told from one that counts nothing', async () => {
  expect(await readOwnClock({ exposition: () => Promise.reject(new Error('gone')) }, endToEndSeries)).toBeNull()
})

test('a quantile lies in the cell that holds its rank, and above the last edge nowhere', () => {
  const histogram = { edgesMs: [10, 100], counts: [50, 45, 5] }
  expect(closedCellOf(histogram, 0.5)).toEqual({ atLeast: 0, atMost: 10 })
  expect(closedCellOf(histogram, 0.95)).toEqual({ atLeast: 10, atMost: 100 })
  expect(closedCellOf(histogram, 0.99)).toBeNull()
  expect(closedCellOf({ edgesMs: [10], counts: [0, 0] }, 0.5)).toBeNull()
})

test('what the actual send and the target leave out is told with its bounds', async () => {
  const load = loadOf('events-peak', 'gate')
  const log = new ArrivalLog(load)
  const take = (arrival: number, metric: string, value: number, name = '') =>
    log.take({ arrival, metric, value, tags: { name }, atMs: 0 })
  take(0, metricNames.scenarioStart, 0)
  for (let arrival = 0; arrival < 100; arrival += 1) {
    take(arrival, metricNames.duration, 60, load.objectiveId)
    // The generator was 20 ms late: counted from its own send, the target looks that much faster.
    take(arrival, metricNames.duration, 40, 'event-sent-to-alert')
  }
  const files: string[] = []
  const counts = new Map<string, number>()
  const observe: Partial<Observe> = {
    file: (_, __, content) => void files.push(content),
    count: (name, _, value) => void counts.set(name, value),
  }
  const clocks = { before: await read(text([0, 0, 0])), after: await read(text([100, 0, 0])) }
  observeClocks(observe as Observe, { load, log, ...clocks, name: 'events-peak' })
  expect(counts.get('p95 of events-peak: left out by counting from the actual send')).toBeCloseTo(20, 9)
  expect(counts.get("p95 of events-peak: left out by the target's clock, at least")).toBeCloseTo(50, 9)
  expect(counts.get("p95 of events-peak: left out by the target's clock, at most")).toBeCloseTo(60, 9)
  expect(JSON.parse(files[0] ?? '{}')).toMatchObject({ alerts: 100, told: 100 })
})
