import { expect, test } from 'vitest'
import type { LoadShapeName } from '../../sla.config.ts'
import type { LoadedRow } from './k6-lane.ts'
import { sharing } from './lanes.ts'

const loaded = (requirement: string, ...shapes: LoadShapeName[]): LoadedRow => ({
  row: { requirement, tier: 'processes', scope: 'compressed', repeats: 1 },
  shapes,
})
const groupsOf = (...rows: readonly LoadedRow[]) =>
  sharing(rows).map((group) => group.map(({ row }) => row.requirement).sort())

test('rows that share a load, be it through another row, run together; the others by themselves', () => {
  const [peak, burst] = [loaded('EVT-PEAK', 'events-peak'), loaded('EVT-BURST', 'events-burst')]
  const errors = loaded('EVT-ERRORS', 'events-peak', 'events-burst')
  const verify = loaded('SLA-VERIFY', 'beacon-batches', 'signature-batches')
  expect(groupsOf(peak, verify, burst, errors)).toEqual([['SLA-VERIFY'], ['EVT-BURST', 'EVT-ERRORS', 'EVT-PEAK']])
  expect(groupsOf(peak, burst)).toEqual([['EVT-PEAK'], ['EVT-BURST']])
  expect(groupsOf()).toEqual([])
})
