import { expect, test } from 'vitest'
import type { RunRow } from '../../suites/evidence/verdict.ts'
import { documentOf, passedRow } from '../run/sample-document.ts'
import { compare, type Left } from './replay.ts'

const row = (id: string, verdict: RunRow['verdict'] = 'PASS') => ({ ...passedRow(id, 'simulation'), verdict })
const left = (rows: RunRow[], hashes: Readonly<Record<string, string | readonly string[]>>): Left => ({
  document: documentOf(rows),
  hashes: new Map(Object.entries(hashes).map(([key, worlds]) => [key, [worlds].flat()])),
})

const first = left([row('A'), row('B')], { 'A@simulation@0': 'a', 'B@simulation@0': 'b' })
const same = (again: Left) => compare(first, again).map(({ id, same: is }) => [id, is])

test('equal hashes and verdicts are reproduced; rows that were not asked for again are left out', () => {
  expect(same(first)).toEqual([
    ['A', true],
    ['B', true],
  ])
  expect(same(left([row('A')], { 'A@simulation@0': 'a' }))).toEqual([['A', true]])
})

test('another hash, another verdict, a record too few and a stage too many are differences', () => {
  const rows = [row('A'), row('B')]
  expect(same(left(rows, { 'A@simulation@0': 'x', 'B@simulation@0': 'b' }))[0]).toEqual(['A', false])
  expect(same(left([row('A', 'FAIL')], { 'A@simulation@0': 'a' }))).toEqual([['A', false]])
  expect(same(left(rows, { 'A@simulation@0': 'a' }))[1]).toEqual(['B', false])
  expect(same(left([row('A')], { 'A@simulation@0': 'a', 'A@simulation@1': 'x' }))).toContainEqual(['A', false])
})

test('a later world that went another way, one too few and one too many are differences', () => {
  const worlds = (...hashes: string[]) => left([row('A')], { 'A@simulation@0': hashes })
  const against = (again: Left) => compare(worlds('a', 'b', 'c'), again).map(({ same: is }) => is)
  expect(against(worlds('a', 'b', 'c'))).toEqual([true])
  for (const other of [worlds('a', 'b', 'x'), worlds('a', 'x', 'c'), worlds('a', 'b'), worlds('a', 'b', 'c', 'd')])
    expect(against(other)).toEqual([false])
})

test('live stages have no hash: only their verdicts are compared', () => {
  const live = (...stages: number[]) =>
    left([{ ...row('A'), tier: 'processes' }], Object.fromEntries(stages.map((stage) => [`A@processes@${stage}`, []])))
  expect(compare(live(0, 1), live(0)).every(({ same: is }) => is)).toBe(true)
})
