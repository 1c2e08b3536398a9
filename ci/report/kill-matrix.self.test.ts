import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepKills, killMatrixPage, killSchema, readKills, type KeptKill } from './kill-matrix.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'meshcert-kills-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const kill = (defect: string, own: Partial<KeptKill> = {}): KeptKill => ({
  defect,
  requirement: 'LOAD-100',
  tier: 'processes',
  killed: true,
  exitCode: 1,
  said: 'FAIL: p99',
  tookS: 12.5,
  at: '2026-11-23T07:00:00.000Z',
  state: 'a'.repeat(64),
  ...own,
})
const known = new Set(['one', 'two', 'three'])

test('a round of some defects is kept beside what the others said before', () => {
  expect(readKills(root)).toEqual([])
  keepKills(root, [kill('two'), kill('one')], known)
  const later = kill('two', { killed: false, state: 'b'.repeat(64) })
  keepKills(root, [later, kill('three')], known)
  expect(readKills(root)).toEqual([kill('one'), kill('three'), later])
})

test('defects that are gone are dropped, and a matrix of another form counts as none', () => {
  keepKills(root, [kill('one'), kill('two')], known)
  keepKills(root, [kill('three')], new Set(['one', 'three']))
  expect(readKills(root).map(({ defect }) => defect)).toEqual(['one', 'three'])
  mkdirSync(join(root, '.evidence'), { recursive: true })
  writeFileSync(join(root, '.evidence', 'kill-matrix.json'), '{"schema":"meshcert/kill-matrix/v1","kills":[]}')
  expect(readKills(root)).toEqual([])
})

test('the page tells of each defect, of survivors plainly, and of how many states of the suite it is', () => {
  const kills = [kill('one'), kill('two', { requirement: 'CHAOS-NODE-1', killed: false, state: 'b'.repeat(64) })]
  const page = killMatrixPage(JSON.stringify({ schema: killSchema, kills }))
  expect(page).toContain('1 defect of 2 did, under 2 states of the suite.')
  expect(page).toMatch(
    /CHAOS-NODE-1 \| processes \| two \| \*\*survived\*\*[\s\S]*LOAD-100 \| processes \| one \| red \|/,
  )
  expect(() => killMatrixPage('{"schema":"other"}')).toThrow('schema')
})
