import { expect, test } from 'vitest'
import { cellQuantileMs, sinceThen } from './cells.ts'
import { seriesHistogram, seriesTotal } from './series.ts'

const one =
  '# TYPE mesh_refused_total counter\nmesh_refused_total{reason="a b"} 2\nmesh_refused_total{reason="c"} 3 1700\nmesh_refused_total_x 9\n'

test('a series is summed over labels and processes, names matched whole', () => {
  expect(seriesTotal([one, 'mesh_refused_total 1e1\n'], 'mesh_refused_total')).toBe(15)
})

test('a series that nobody exposes is no zero', () => {
  expect(seriesTotal([one], 'mesh_beacons_used_total')).toBeNull()
})

test('a histogram is summed over labels and processes, cell by cell', () => {
  const buckets = (instance: string, small: number, all: number) =>
    `x_seconds_bucket{le="0.01",instance="${instance}"} ${small}\nx_seconds_bucket{instance="${instance}",le="+Inf"} ${all}\n` +
    `x_seconds_sum{instance="${instance}"} 0.5\nx_seconds_count{instance="${instance}"} ${all}\n`
  expect(seriesHistogram([buckets('a', 3, 4), buckets('b', 1, 3)], 'x_seconds')).toEqual({
    edgesMs: [10],
    counts: [4, 3],
    sumMs: 1_000,
  })
  expect(seriesHistogram([one], 'x_seconds')).toBeNull()
})

test('what came between two readings has quantiles, nothing has none', () => {
  const then = { edgesMs: [1, 5], counts: [10, 0, 1], sumMs: 30 }
  const now = { edgesMs: [1, 5], counts: [12, 2, 1], sumMs: 40 }
  expect(sinceThen(now, then)).toEqual({ edgesMs: [1, 5], counts: [2, 2, 0], sumMs: 10 })
  expect([0.5, 0.99].map((quantile) => cellQuantileMs(sinceThen(now, then), quantile))).toEqual([1, 5])
  expect(cellQuantileMs(now, 1)).toBe(5)
  expect(cellQuantileMs(sinceThen(now, now), 0.5)).toBeNull()
})
