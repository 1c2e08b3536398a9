import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { alertRules } from '../../alerting/rule-files.ts'
import { runbookName } from '../../alerting/slo.ts'
import { generatedFiles } from '../generate/files.ts'
import { differences, generate } from './generate.ts'

const tree = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
let root = ''
let said = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'meshcert-generate-'))
  said = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(root, { recursive: true, force: true })
})

const runbook = () => join(root, 'docs/runbooks/beacon-latency-burn.md')

test('what is committed repeats the promises in force', () => {
  expect(differences(tree, generatedFiles(tree))).toEqual([])
})

test('writes everything, and finds it fresh afterwards', async () => {
  expect(await generate({ root, check: true })).toBe(1)
  expect(await generate({ root, check: false })).toBe(0)
  said = ''
  expect(await generate({ root, check: true })).toBe(0)
  expect(said).toBe('')
})

test('names each file that differs, is missing or is stale, and the next step', async () => {
  await generate({ root, check: false })
  said = ''
  appendFileSync(join(root, 'docs/SLA.md'), 'p99 < 1 s\n')
  rmSync(join(root, 'alerting/generated/mesh.yml'))
  writeFileSync(join(root, 'dashboards/generated/old.json'), '{}')
  expect(await generate({ root, check: true })).toBe(1)
  expect(said).toContain('differs  docs/SLA.md')
  expect(said).toContain('missing  alerting/generated/mesh.yml')
  expect(said).toContain('stale    dashboards/generated/old.json')
  expect(said).toContain('run `npx meshcert generate` and commit')
  expect(await generate({ root, check: false })).toBe(0)
  expect(await generate({ root, check: true })).toBe(0)
})

test('keeps what was written by hand in a runbook', async () => {
  await generate({ root, check: false })
  appendFileSync(runbook(), '\nA full disk on host 3 did this once.\n')
  expect(await generate({ root, check: true })).toBe(0)
  writeFileSync(runbook(), readFileSync(runbook(), 'utf8').replace('## First look', '## Overwritten'))
  expect(await generate({ root, check: false })).toBe(0)
  expect(readFileSync(runbook(), 'utf8')).toMatch(/## First look[^]*A full disk on host 3/)
})

test('does not delete a hand-written runbook that lost its alert, and stays red until somebody does', async () => {
  await generate({ root, check: false })
  appendFileSync(runbook(), '\nA full disk on host 3 did this once.\n')
  cpSync(runbook(), join(root, 'docs/runbooks/retired-burn.md'))
  expect(await generate({ root, check: false })).toBe(1)
  expect(said).toContain('kept     docs/runbooks/retired-burn.md')
})

test('every alert has its runbook and every runbook its alert', () => {
  mkdirSync(join(root, 'docs'), { recursive: true })
  const linked = new Set(alertRules().map(({ alert }) => `${runbookName(alert ?? '')}.md`))
  expect(readdirSync(join(tree, 'docs/runbooks')).sort()).toEqual([...linked].sort())
})
