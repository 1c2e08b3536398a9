import { expect, test } from 'vitest'
import { seriesTotal } from './series.ts'

const one =
  '# TYPE mesh_refused_total counter\nmesh_refused_total{reason="a b"} 2\nmesh_refused_total{reason="c"} 3 1700\nmesh_refused_total_x 9\n'

test('a series is summed over labels and processes, names matched whole', () => {
  expect(seriesTotal([one, 'mesh_refused_total 1e1\n'], 'mesh_refused_total')).toBe(15)
})

test('a series that nobody exposes is no zero', () => {
  expect(seriesTotal([one], 'mesh_beacons_used_total')).toBeNull()
})
