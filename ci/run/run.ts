import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, readFileSync } from 'node:fs'
import { availableParallelism, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { PlanName, Tier } from '../../sla.config.ts'
import { sla } from '../../sla.config.ts'
import { catalogue, catalogueVersion } from '../../suites/requirements/index.ts'
import { capabilities, type Capability } from '../../suites/contract/route.ts'
import type { Handle, TargetDefinition } from '../../suites/contract/target.ts'
import type { RunDocument } from '../../suites/evidence/verdict.ts'
import { createPlan, type Plan, type PlannedRow } from '../verdict/plan.ts'
import { machineDifferences } from '../verdict/machine-class.ts'
import { judgeVersion } from '../verdict/judge.ts'
import { fromHere } from './run-directory.ts'
import { comparedRows } from '../bundle/baseline-record.ts'
import { chaosTime } from './chaos-time.ts'
import { readClaims, type Claim } from './claims.ts'
import { comparisonWith, storedComparison } from './comparison.ts'
import { concludeDirectory } from './conclude.ts'
import { mendOnEnding } from './cut-short.ts'
import { describeEnvironment, describeMachine } from './environment.ts'
import { readExemptions } from './exemption-file.ts'
import { digestInputs } from './inputs.ts'
import { runLanes } from './lanes.ts'
import { planRows, uncoveredRows } from './plan-rows.ts'
import type { Say } from './progress.ts'
import { lockFile, takeLock } from './run-lock.ts'
import { chooseSeed } from './seed.ts'
import { writeSession } from './session.ts'
import { Stop, exitCodes, messageOf, remedyOf } from './stop.ts'
import { checkStanding, goOn, readCutOff } from './resume.ts'
import { loadTarget } from './target-file.ts'
import { lockTarget } from './target-lock.ts'
import { startWarden, type Warden, type OwnedProcess } from './warden-client.ts'

export type RunOptions = {
  readonly root: string
  readonly plan: PlanName
  readonly targetFile: string
  readonly seed?: string | undefined
  /** Ids or globs; unless given, all rows of the plan. */
  readonly only?: readonly string[]
  /** Unless given, those of the plan. */
  readonly tiers?: readonly Tier[]
  /** Faults per chaos row, instead of the number of the plan. */
  readonly repeat?: number | null
  readonly defect?: string | undefined
  readonly variant?: string | undefined
  /** A run that was cut off, to be gone on with under its own plan: what is said above of rows, seed and target is then ignored. */
  readonly resume?: string | undefined
  /** Runs in different places may go on at the same time: none but those that time nothing. */
  readonly place?: number
  readonly say: Say
}

/** A run that has ended: its directory and what was concluded. */
export type EndedRun = { readonly directory: string; readonly document: RunDocument }

let named = 0

function runName(): string {
  const stamp = new Date()
    .toISOString()
    .replaceAll(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z')
  // One process may begin several runs within a second.
  named += 1
  return `${stamp}-${process.pid.toString(36)}${named === 1 ? '' : `-${named}`}`
}

/** A defect's run judges conformance and the row that it should kill, on that row's tier; nothing else. */
async function narrow(options: RunOptions, definition: TargetDefinition): Promise<RunOptions> {
  const { variant, defect: name } = options
  if (variant !== undefined) called('variant', variant, await definition.variants?.())
  if (name === undefined) return options
  const defect = called('defect', name, await definition.defects?.())
  return { ...options, only: [defect.kills], tiers: [defect.tier] }
}

/** The defect or variant of this name; a wrong name ends with those that there are. */
function called<T extends { readonly name: string }>(kind: string, name: string, known: readonly T[] = []): T {
  const found = known.find((one) => one.name === name)
  if (found !== undefined) return found
  const list =
    known.length === 0 ? `This target has no ${kind}s.` : `Known: ${known.map((one) => one.name).join(', ')}.`
  throw new Stop(exitCodes.usage, `No ${kind} is called ${name}. ${list}`)
}

/** Of everything that judges and is judged beside the target. */
async function standing(root: string, targetFile: string): Promise<Pick<Plan, 'versions' | 'inputs' | 'exemptions'>> {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
  return {
    exemptions: [...readExemptions(root)],
    versions: { suite: version, catalogue: catalogueVersion, contract: '1', judge: judgeVersion },
    inputs: await digestInputs(root, targetFile),
  }
}

async function makePlan(options: RunOptions, definition: TargetDefinition, claims: readonly Claim[]): Promise<Plan> {
  const { root, plan, targetFile, only = [], tiers = [], repeat = null } = options
  const offered = Object.keys(definition.tiers) as Tier[]
  const started = offered.filter((tier) => definition.tiers[tier]?.start !== undefined)
  const rows = planRows(claims, { plan, only, tiers, offered, repeat, started })
  const settings = sla.plans[plan]
  const draft = createPlan({
    run: runName(),
    plan,
    seed: chooseSeed(root, options.seed),
    startedAt: new Date().toISOString(),
    target: { name: definition.name, file: targetFile },
    defect: options.defect ?? null,
    variant: options.variant ?? null,
    confidence: settings.stageConfidence,
    escalation: settings.escalation,
    rows: [...rows],
    uncovered: [...uncoveredRows(claims)],
    ...(await standing(root, targetFile)),
  })
  if (comparedRows(draft).length === 0) return draft
  const comparison = await comparisonFor(options, draft)
  // Named again: another run may have come in between.
  return { ...draft, run: runName(), startedAt: new Date().toISOString(), comparison }
}

/** What rows are held against. A defect shows in comparison with the target without it, which therefore runs just before. */
async function comparisonFor(options: RunOptions, { seed }: Plan): Promise<NonNullable<Plan['comparison']>> {
  const { defect, ...healthy } = options
  if (defect === undefined) return storedComparison(options.root)
  options.say(`first without ${defect}: that run is the baseline`)
  return comparisonWith((await executeRun({ ...healthy, seed })).directory)
}

/** Half of a run on another machine would be compared as if it were of this one. */
function checkMachine({ run, comparison }: Plan): void {
  if (comparison === undefined) return
  const differences = machineDifferences(comparison.machine, describeMachine())
  if (differences.length === 0) return
  const why = `Run ${run} was begun on another machine class (${differences.join('; ')})`
  throw new Stop(exitCodes.usage, `${why}: go on with it there, or begin anew here.`)
}

/** Planes that the planned live rows need: a target may leave the others out. A whole gate needs all. */
function planesOf(rows: readonly PlannedRow[], narrowed: boolean): readonly Capability[] {
  if (!narrowed) return capabilities
  const needed = rows.flatMap((row) => catalogue.find(({ id }) => id === row.requirement)?.capabilities ?? [])
  return [...new Set<Capability>(['control', ...needed])]
}

/** Where a target is started, and for whom. */
type Starting = {
  readonly options: RunOptions
  readonly definition: TargetDefinition
  readonly plan: Plan
  readonly launch: Warden['launch']
  readonly scratch: string
  /** What gives back targets that this run has taken for itself. */
  readonly releases: (() => void)[]
}

/** Starts the target on a live tier and asks whether it answers; null where no row needs it there. */
async function startOn(tier: Tier, starting: Starting): Promise<Handle | null> {
  const { options, definition, plan, launch, scratch, releases } = starting
  const rows = plan.rows.filter((row) => row.tier === tier)
  const access = definition.tiers[tier]
  if (rows.length === 0 || access === undefined) return null
  const replacements = {
    ...(options.defect === undefined ? {} : { defect: options.defect }),
    ...(options.variant === undefined ? {} : { variant: options.variant }),
  }
  const planes = planesOf(rows, (options.only ?? []).length > 0)
  const handle = (await access.start?.({ launch, scratch, seed: plan.seed, planes, ...replacements })) ?? {}
  const target = await access.connect(handle, { seed: plan.seed, ...replacements })
  releases.push(await lockTarget(target, `run ${plan.run} (process ${process.pid} of ${userInfo().username})`))
  const { name, version, capabilities: declared } = target.description
  options.say(`target ${name} ${version} answers: ${declared.join(', ')}`)
  await target.close()
  return handle
}

/** The target of most live rows: without it there is no run. */
async function startTarget(starting: Starting): Promise<Handle | null> {
  try {
    return await startOn('processes', starting)
  } catch (error) {
    if (error instanceof Stop) throw error
    const why = `The target could not be reached at the start: ${messageOf(error)}`
    const remedy = remedyOf(error)
    throw remedy === null ? new Stop(exitCodes.usage, why) : new Stop(exitCodes.inconclusive, `${why}\n${remedy}`)
  }
}

function makeDirectory(root: string, run: string): string {
  const directory = join(root, '.evidence', run)
  mkdirSync(join(directory, 'logs'), { recursive: true })
  return directory
}

function pointLatest(root: string, run: string): void {
  const latest = join(root, '.evidence', 'latest')
  rmSync(latest, { force: true })
  symlinkSync(run, latest)
}

/** A run about to be observed: under a new plan in a new directory, or in that of one that was cut off. */
type Opened = { readonly options: RunOptions; readonly plan: Plan; readonly directory: string }

async function openNew(given: RunOptions, definition: TargetDefinition, claims: readonly Claim[]): Promise<Opened> {
  const options = await narrow(given, definition)
  const plan = await makePlan(options, definition, claims)
  return { options, plan, directory: makeDirectory(options.root, plan.run) }
}

async function openCutOff(given: RunOptions, run: string): Promise<Opened> {
  const { root } = given
  const found = readCutOff(root, run)
  const { plan, directory } = found
  checkStanding(found, await standing(root, plan.target.file))
  checkMachine(plan)
  const only = [...new Set(plan.rows.map(({ requirement }) => requirement))]
  return { options: { ...given, targetFile: plan.target.file, only }, plan, directory }
}

/** One run from plan to verdict: everything that it starts is owned by its warden and gone when it ends. */
export async function executeRun(given: RunOptions): Promise<EndedRun> {
  const { root, say, resume } = given
  const cutOff = resume === undefined ? null : await openCutOff(given, resume)
  const targetFile = cutOff?.options.targetFile ?? given.targetFile
  const definition = await loadTarget(root, targetFile)
  const claims = await readClaims(root)
  const { options, plan, directory } = cutOff ?? (await openNew(given, definition, claims))
  const scratch = mkdtempSync(join(tmpdir(), 'meshcert-'))
  // A target that gives up root for one of its processes must still get through to its own files below.
  chmodSync(scratch, 0o711)
  say(`run ${plan.run}: plan ${plan.plan}, ${plan.rows.length} rows, seed ${plan.seed}`)
  const chaos = plan.plan === 'gate' ? null : chaosTime(plan, availableParallelism())
  if (chaos !== null) say(chaos)
  const lock = lockFile(given.place ?? 0)
  const warden = startWarden({ scratch, lock, logs: join(directory, 'logs') })
  const releases = [mendOnEnding(directory)]
  try {
    await takeLock(lock, warden.pid, say)
    if (cutOff === null) {
      writeFileSync(join(directory, 'plan.json'), JSON.stringify(plan, null, 2))
      writeFileSync(join(directory, 'environment.json'), JSON.stringify(await describeEnvironment(), null, 2))
    } else say(goOn(directory, plan))
    // Not before: a run that waits for another to end has nothing to show yet.
    pointLatest(root, plan.run)
    const launched: OwnedProcess[] = []
    const launch: Warden['launch'] = async (...asked) => {
      const child = await warden.launch(...asked)
      launched.push(child)
      return child
    }
    const starting = { options, definition, plan, launch, scratch, releases }
    const handle = await startTarget(starting)
    const runner = launched.length > 0 ? process.pid : null
    writeSession(directory, { targetFile, handles: handle === null ? {} : { processes: handle }, runner })
    const endTarget = async (): Promise<void> => {
      await Promise.all(launched.splice(0).map((child) => child.stop()))
    }
    const startContained = async (): Promise<string | null> => {
      try {
        const contained = await startOn('containers', starting)
        writeSession(directory, { targetFile, handles: { containers: contained ?? {} }, runner: null })
        return null
      } catch (error) {
        return messageOf(error)
      }
    }
    const lanes = { root, directory, plan, claims, handle, runner, warden, say, endTarget, startContained }
    const notes = await runLanes(lanes)
    const document = await concludeDirectory({ directory, plan, notes })
    say(`evidence and report: ${fromHere(directory)}/report.html`)
    return { directory, document }
  } finally {
    await warden.close()
    for (const release of releases) release()
  }
}
