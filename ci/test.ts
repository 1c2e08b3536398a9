/**
 * The tests of the product: its checks, its self tests, the gate on the reference, every defect and
 * every variant. Ends with one line `N passed, N failed`, and exits 0 only if nothing failed.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { sla } from '../sla.config.ts'
import type { Capability } from '../suites/contract/route.ts'
import { catalogue } from '../suites/requirements/index.ts'
import type { RequirementRow } from '../suites/requirements/requirement-row.ts'
import { runDefects } from './commands/defects.ts'
import { readClaims, type Claim } from './run/claims.ts'
import { placesOfUntimed, workInPlaces } from './run/places.ts'
import { isTimed } from './run/plan-rows.ts'
import { executeRun, type RunOptions } from './run/run.ts'
import { createProgress } from './run/progress.ts'
import { defaultTargetFile, loadTarget } from './run/target-file.ts'
import { messageOf } from './run/stop.ts'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const say = createProgress()

type Tally = { passed: number; failed: number }
const total: Tally = { passed: 0, failed: 0 }
/** Told again at the end: a log of twenty minutes is read from there, and often only its end is kept. */
const failures: string[] = []

function count(what: string, passed: boolean, detail: string): void {
  if (passed) total.passed += 1
  else fail(what, detail)
}

function fail(what: string, detail: string): void {
  total.failed += 1
  const told = `failed: ${what}: ${detail}\n`
  failures.push(told)
  process.stdout.write(told)
}

function runNode(args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('close', (code) => resolve(code ?? 70))
  })
}

const SelfTest = z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()) })
const SelfReport = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  testResults: z.array(z.object({ name: z.string(), assertionResults: z.array(SelfTest) })),
})

async function selfTests(): Promise<void> {
  say('self tests')
  const directory = mkdtempSync(join(tmpdir(), 'meshcert-self-'))
  const report = join(directory, 'report.json')
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const code = await runNode([
    vitest,
    'run',
    '--project',
    'self',
    // Most of their time is a wait, for a process to start or to end; by itself Vitest takes half of two cores.
    '--maxWorkers=2',
    '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ])
  const result = SelfReport.parse(JSON.parse(readFileSync(report, 'utf8')))
  rmSync(directory, { recursive: true })
  total.passed += result.numPassedTests
  for (const { name, assertionResults } of result.testResults) {
    const file = relative(root, name)
    // A file that can't be loaded has no test in it that could fail.
    if (assertionResults.length === 0) fail(file, 'no test in it ran')
    for (const test of assertionResults.filter(({ status }) => status === 'failed'))
      fail(`${file}: ${test.fullName}`, test.failureMessages[0]?.split('\n')[0] ?? 'no message')
  }
  if (result.numPassedTests === 0) fail('self tests', `none passed; Vitest ended ${code}`)
  if (code !== 0 && result.numFailedTests === 0) fail('self tests', `Vitest ended ${code} without a failed test`)
}

type Row = { readonly id: string; readonly tier: string; readonly verdict: string }

/** The simulation has no threat events: a row of theirs is not applicable there, and must pass on live processes. */
const isShownElsewhere = ({ id, tier, verdict }: Row, rows: readonly Row[]): boolean =>
  verdict === 'NOT-APPLICABLE' &&
  tier === 'simulation' &&
  rows.some((other) => other.id === id && other.tier !== tier && other.verdict === 'PASS')

type Asked = Pick<RunOptions, 'variant' | 'only' | 'tiers' | 'place' | 'say'>

/** Judges rows by the plan of the gate; answers whether all is as it should be. */
async function gate(name: string, asked: Asked): Promise<boolean> {
  say(name)
  try {
    const { document } = await executeRun({ root, plan: 'gate', targetFile: defaultTargetFile, ...asked })
    const rows = document.requirements.map((row) => ({
      ...row,
      passed: row.verdict === 'PASS' || isShownElsewhere(row, document.requirements),
    }))
    for (const row of rows) count(`${name}: ${row.id} on ${row.tier}`, row.passed, `${row.verdict}: ${row.reason}`)
    count(name, document.exitCode === 0, `exit code ${document.exitCode}: ${document.notes.join('; ')}`)
    return document.exitCode === 0 && rows.every(({ passed }) => passed)
  } catch (error) {
    fail(name, messageOf(error))
    return false
  }
}

const leftOut: readonly string[] = sla.plans.gate.leftOut.map(({ id }) => id)

/**
 * The defects of rows that the gate judges. Rows that only a certification runs hold loads of a
 * minute and meshes of a thousand nodes: their defects are `npm run defects`, before a release.
 */
async function defectsOfTheGate(): Promise<readonly string[]> {
  const all = (await (await loadTarget(root, defaultTargetFile)).defects?.()) ?? []
  const gated = all.filter(({ kills }) => !leftOut.includes(kills)).map(({ name }) => name)
  say(`${gated.length} defects of the gate's rows; ${all.length - gated.length} more are in \`npm run defects\``)
  return gated
}

/** Rows of the gate that need one of these planes: a variant is asked for what it changes, the gate above for everything. */
function rowsOf(planes: readonly Capability[], claims: readonly Claim[]): readonly RequirementRow[] {
  return catalogue
    .filter(({ id, capabilities }) => !leftOut.includes(id) && capabilities.some((plane) => planes.includes(plane)))
    .filter(({ id }) => claims.some(({ requirement }) => requirement === id))
}

/**
 * Judges the rows of every variant, those that time nothing beside one another. One code runs in both worlds: that the suite
 * bears another build of it is shown where time is real.
 */
async function variantsOfTheGate(): Promise<void> {
  const variants = (await (await loadTarget(root, defaultTargetFile)).variants?.()) ?? []
  const claims = await readClaims(root)
  const rows = variants.map(({ name, planes }) => ({ name, rows: rowsOf(planes, claims) }))
  for (const { name } of rows.filter((variant) => variant.rows.length === 0))
    fail(`variant ${name}`, 'no row of the gate needs what it changes')
  const judge = (timed: boolean, atOnce: number) => {
    const asked = rows.map((variant) => ({
      name: variant.name,
      only: variant.rows.filter((row) => isTimed(row) === timed).map(({ id }) => id),
    }))
    const filled = asked.filter(({ only }) => only.length > 0)
    return workInPlaces(filled, { atOnce, say }, async ({ name, only }, place) => {
      const isWell = await gate(`variant ${name}`, { variant: name, only, tiers: ['processes'], ...place })
      return { result: isWell, isWell }
    })
  }
  await judge(false, placesOfUntimed)
  await judge(true, 1)
}

async function main(): Promise<void> {
  say('checks')
  const checked = await runNode([join(root, 'ci', 'check.ts')])
  count('checks', checked === 0, `\`npm run check\` ended ${checked}`)
  await selfTests()
  await gate('gate on the reference', { say })
  const gated = await defectsOfTheGate()
  if (gated.length === 0) fail('defects', 'none was tried')
  else
    for (const kill of await runDefects({ root, only: gated }, say))
      count(`defect ${kill.defect}`, kill.killed, kill.said)
  await variantsOfTheGate()
}

await main().catch((error: unknown) => fail('the tests themselves', messageOf(error)))
if (failures.length > 0) process.stdout.write(`\nin short:\n${failures.join('')}`)
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`)
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1
