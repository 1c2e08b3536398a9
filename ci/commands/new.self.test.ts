import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { claimsIn } from '../run/claims.ts'
import { scaffold } from './new.ts'

let root = ''
let said: string[] = []
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'meshcert-new-'))
  said = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
})
afterEach(() => {
  vi.restoreAllMocks()
  return rm(root, { recursive: true, force: true })
})

test.each([
  ['defect', 'queue-unbounded', 'fixtures/defects/queue-unbounded.ts', /name: 'queue-unbounded'/],
  ['fault', 'clock-skew', 'chaos/faults/clock-skew.ts', /export const clockSkew = \{/],
  ['dashboard', 'crypto-costs', 'dashboards/crypto-costs.ts', /export function cryptoCosts\(\)/],
])('a new %s is one file of TypeScript', async (kind, name, file, holds) => {
  expect(await scaffold({ root, kind, name })).toBe(0)
  const text = await readFile(join(root, file), 'utf8')
  expect(text).toMatch(holds)
  expect(() => stripTypeScriptTypes(text)).not.toThrow()
  expect(said.join('')).toContain(file)
  await expect(scaffold({ root, kind, name })).rejects.toMatchObject({ exitCode: 64, message: /is there already/ })
})

// Claimed in this tree, free in an empty one.
test.each([
  ['SLA-SIGN-RATE', 'suites/crypto/sla-sign-rate.test.ts', "observe.count('signature-rate'"],
  ['CHAOS-NODE-3', 'chaos/node/chaos-node-3.test.ts', "observe.history('views-converged', item)"],
])('the test of %s claims its row, says what to observe, and is red until it does', async (id, file, hint) => {
  expect(await scaffold({ root, kind: 'requirement', name: id })).toBe(0)
  const text = await readFile(join(root, file), 'utf8')
  expect(text).toContain(hint)
  expect(text).toContain(`throw new Error('${id} observes nothing yet`)
  expect(claimsIn(file, text).map(({ requirement }) => requirement)).toEqual([id])
  expect(() => stripTypeScriptTypes(text)).not.toThrow()
  await expect(scaffold({ root, kind: 'requirement', name: id })).rejects.toMatchObject({ exitCode: 64 })
})

test('an alert is a promise: what is printed is a line of the config', async () => {
  expect(await scaffold({ root, kind: 'alert', name: 'beacon-jitter' })).toBe(0)
  expect(said[0]).toMatch(/^ {2}'beacon-jitter': latency\(/)
})

test.each([
  ['robot', 'x', /There is no kind robot\. Known: requirement, fault/],
  ['defect', '../escape', /no name for a defect/],
  ['defect', 'Queue', /kebab-case/],
  ['requirement', 'SLA-VERIFI', /nearest is SLA-VERIFY/],
])('%s %s is refused with what to do', async (kind, name, message) => {
  await expect(scaffold({ root, kind, name })).rejects.toMatchObject({ exitCode: 64, message })
})
