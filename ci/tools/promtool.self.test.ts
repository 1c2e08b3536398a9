import { execFile } from 'node:child_process'
import { mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findTool } from './finder.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const rules = join(root, 'alerting/generated')
const cases = join(root, 'alerting/cases')
/** Built from source with empty caches, Prometheus takes this long on two busy cores. */
const coldBuildMs = 40 * 60_000

let promtool = ''
let missing: string | null = null
const scratch = mkdtempSync(join(tmpdir(), 'meshcert-rules-'))

beforeAll(async () => {
  const tool = await findTool('promtool')
  if ('path' in tool) promtool = tool.path
  else missing = `not run: ${tool.missing} ${tool.recipe}`
}, coldBuildMs)
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Exit code and all that was said. */
async function run(args: readonly string[], cwd: string): Promise<{ code: number; said: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(promtool, [...args], { cwd, timeout: 240_000 })
    return { code: 0, said: stdout + stderr }
  } catch (error) {
    const failed = error as { code?: unknown; stdout?: string; stderr?: string }
    return { code: typeof failed.code === 'number' ? failed.code : -1, said: `${failed.stdout}${failed.stderr}` }
  }
}

const filesIn = (folder: string): readonly string[] => readdirSync(folder).filter((file) => file.endsWith('.yml'))

/** Without Go our own CI is red; elsewhere the test is skipped and says why. */
function needsTool(skip: (reason: string) => void): void {
  if (missing === null) return
  if (process.env['CI'] !== undefined) throw new Error(missing)
  skip(missing)
}

test('promtool accepts every generated rule without a single remark', async ({ skip }) => {
  needsTool(skip)
  const { code, said } = await run(['check', 'rules', '--lint=all', '--lint-fatal', ...filesIn(rules)], rules)
  expect(said).toMatch(/SUCCESS: \d+ rules found/)
  expect(code).toBe(0)
})

test('alerts fire just above their thresholds, stay silent just below and fall silent again', async ({ skip }) => {
  needsTool(skip)
  // A file is worked through by one thread: most of a minute's work lies in two of them.
  const told = await Promise.all(filesIn(cases).map((file) => run(['test', 'rules', file], cases)))
  expect(told.length).toBeGreaterThan(0)
  for (const { code, said } of told) {
    expect(said).not.toContain('FAILED')
    expect(code).toBe(0)
  }
}, 300_000)

const slo = '{slo="signature-verify-latency"}'
/** What a slip in a generator could do to the rules of one plane. */
const slips: readonly (readonly [string, string, string])[] = [
  ['a higher factor', `ratio1h${slo} > 0.144`, `ratio1h${slo} > 0.18`],
  ['a lower factor', '> 0.03\n', '> 0.024\n'],
  ['a lost short window', `and slo:bad:ratio30m${slo} > 0.06\n`, ''],
  ['a lost long window', `slo:bad:ratio1h${slo} > 0.144\n`, `slo:bad:ratio5m${slo} > 0.144\n`],
  ['a ratio of unequal windows', `bad:increase5m${slo}[55m]`, `bad:increase5m${slo}[25m]`],
  ['another bucket edge', 'le="0.01"', 'le="0.025"'],
  ['no floor of traffic', '>= 7\n', '>= 0\n'],
  ['an absence that is presence', 'absent(', 'present_over_time('],
]

test('a slip in the rules is caught by the generated cases', async ({ skip }) => {
  needsTool(skip)
  const source = readFileSync(join(rules, 'crypto.yml'), 'utf8')
  const told = await Promise.all(
    slips.map(async ([name, from, to], index) => {
      const spoiled = source.replaceAll(from, to)
      expect(spoiled, `${name}: the rules no longer hold ${from}`).not.toBe(source)
      const own = join(scratch, `${index}`)
      for (const folder of ['generated', 'cases']) mkdirSync(join(own, folder), { recursive: true })
      writeFileSync(join(own, 'generated/crypto.yml'), spoiled)
      writeFileSync(join(own, 'cases/crypto.yml'), readFileSync(join(cases, 'crypto.yml'), 'utf8'))
      return { name, ...(await run(['test', 'rules', 'crypto.yml'], join(own, 'cases'))) }
    }),
  )
  expect(told.filter(({ code }) => code !== 1).map(({ name, code, said }) => `${name}: ${code} ${said}`)).toEqual([])
}, 300_000)
