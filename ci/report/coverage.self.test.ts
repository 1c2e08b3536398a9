import { expect, test } from 'vitest'
import { catalogue } from '../../suites/requirements/index.ts'
import { countRows } from '../commands/list.ts'
import { coverageOf } from './coverage.ts'

const claims = [
  { requirement: 'LOAD-100', tiers: ['processes'], file: 'suites/mesh/a.test.ts', shape: null },
  { requirement: 'FL-ORDER', tiers: ['simulation', 'processes'], file: 'suites/learning/b.test.ts', shape: null },
] as const
const defects = [
  { name: 'slow', story: 'waits', kills: 'LOAD-100', tier: 'processes', reason: /p99/ },
  { name: 'unrun', story: 'sorts', kills: 'FL-ORDER', tier: 'simulation', reason: /bytes/ },
] as const

const rows = coverageOf(claims, defects, new Map([['slow', { killed: true, isCurrent: false }]]))
const row = (id: string) => rows.find((candidate) => candidate.id === id)

test('a row without a test on one of its tiers is uncovered there', () => {
  expect(row('LOAD-100')?.uncovered).toEqual(['cluster'])
  expect(row('FL-ORDER')?.uncovered).toEqual([])
  expect(row('EVT-STEADY')?.uncovered).toEqual(['processes', 'cluster'])
  expect(row('AUDIT-EXTERNAL')?.uncovered).toEqual([])
})

test('each row shows the defects that must turn it red and what became of them', () => {
  expect(row('LOAD-100')?.kills).toEqual([
    { defect: 'slow', story: 'waits', tier: 'processes', reason: 'p99', killed: true, isCurrent: false },
  ])
  expect(row('FL-ORDER')?.kills[0]?.killed).toBeNull()
})

test('counts tell covered rows from partly covered and uncovered ones', () => {
  const all = catalogue.length
  expect(countRows(rows)).toEqual({
    rows: all,
    covered: 1,
    partly: 1,
    uncovered: all - 3,
    excluded: 1,
    withDefect: 2,
  })
})
