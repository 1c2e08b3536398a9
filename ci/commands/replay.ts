import { sla } from '../../sla.config.ts'
import type { Evidence } from '../../suites/evidence/record.ts'
import { readRunFiles } from '../../suites/evidence/stored.ts'
import type { RunDocument } from '../../suites/evidence/verdict.ts'
import { readRun } from '../bundle/statements.ts'
import { createProgress } from '../run/progress.ts'
import { findRun } from '../run/run-directory.ts'
import { damaged, readRunDocument } from '../run/run-document.ts'
import { executeRun, type RunOptions } from '../run/run.ts'
import { exitCodes } from '../run/stop.ts'
import { defaultTargetFile } from '../run/target-file.ts'
import { counted } from '../verdict/figures.ts'
import type { Plan } from '../verdict/plan.ts'
import { replayPlanFile } from './chaos.ts'

export type ReplayOptions = {
  readonly root: string
  readonly run: string
  readonly only: readonly string[]
  /** For a fault plan in a file; a run says by itself what it was of. */
  readonly target: string
  readonly defect?: string
  readonly json?: boolean
}

type Compared = {
  readonly id: string
  readonly tier: string
  /** Event-log hashes, one a world. */
  readonly first: readonly string[]
  readonly again: readonly string[]
  readonly same: boolean
}

type Hashes = ReadonlyMap<string, readonly string[]>

/** Event-log hashes per requirement, tier and stage, one a world; live rows have none. */
const hashesOf = (evidence: readonly Evidence[]): Hashes =>
  new Map(evidence.map((record) => [`${record.requirement}@${record.tier}@${record.stage}`, record.eventLogHashes]))

const verdictsOf = ({ requirements }: RunDocument): ReadonlyMap<string, string> =>
  new Map(requirements.map((row) => [`${row.id}@${row.tier}`, row.verdict]))

/** Index of the first world whose event log is not the same on both sides; null if there is none. */
function differentWorld({ first, again }: Pick<Compared, 'first' | 'again'>): number | null {
  const index = Array.from({ length: Math.max(first.length, again.length) }).findIndex(
    (_, at) => first[at] !== again[at],
  )
  return index < 0 ? null : index
}

/** What a run left to compare. */
export type Left = { readonly document: RunDocument; readonly hashes: Hashes }

/** Holds every row of the second run against the first. A simulated stage that only one of them recorded is a difference; a live one escalates by noise. */
export function compare(first: Left, again: Left): readonly Compared[] {
  const [said, says] = [verdictsOf(first.document), verdictsOf(again.document)]
  const keys = new Set([...first.hashes.keys(), ...again.hashes.keys()])
  return [...keys].flatMap((key) => {
    const [id = '', tier = ''] = key.split('@')
    const row = `${id}@${tier}`
    if (!says.has(row)) return []
    const [before, after] = [first.hashes.get(key), again.hashes.get(key)]
    const recorded = tier !== 'simulation' || (before !== undefined && after !== undefined)
    const sides = { first: before ?? [], again: after ?? [] }
    const same = recorded && said.get(row) === says.get(row) && differentWorld(sides) === null
    return [{ id, tier, ...sides, same }]
  })
}

/** `--repeat` of a plan, which stands in its rows; null where they have the plan's own numbers. */
const repeatOf = ({ plan, rows }: Plan): number | null =>
  rows.find(({ repeats, tier }) => repeats !== sla.plans[plan].repeats[tier])?.repeats ?? null

function reproduced({ again: [first, ...further] }: Compared): string {
  if (first === undefined) return 'reproduced'
  const more = further.length === 0 ? '' : ` and those of ${counted(further.length, 'further world')}`
  return `reproduced ${first.slice(0, 16)}${more}`
}

function difference(row: Compared): string {
  const world = differentWorld(row)
  if (world === null) return 'DIFFERS in its verdict or stages'
  return `DIFFERS in world ${world + 1} (${row.first[world] ?? 'no hash'} then ${row.again[world] ?? 'no hash'})`
}

function print(rows: readonly Compared[], json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ schema: 'meshcert/replay/v1', rows })}\n`)
    return
  }
  for (const row of rows) {
    process.stdout.write(`${row.id} on ${row.tier}: ${row.same ? reproduced(row) : difference(row)}\n`)
  }
}

async function leftBy(directory: string): Promise<Left & { readonly plan: Plan }> {
  try {
    const files = await readRunFiles(directory)
    const { plan, stored } = readRun(files)
    return { plan, document: readRunDocument(files), hashes: hashesOf(stored.evidence) }
  } catch (error) {
    throw damaged(directory, error)
  }
}

/** A fault plan in a file, as a red schedule leaves one. */
const isPlanFile = (run: string): boolean => run.endsWith('.json')

/**
 * Runs a plan again with its seed, in new processes, and compares verdicts and event-log hashes.
 * A name that is no run is a seed: its simulated rows then run twice; a JSON file holds a fault plan. 0: all reproduced; 1: something
 * differs; 2: there was nothing to compare.
 */
export async function replay(options: ReplayOptions): Promise<number> {
  const { root, run, only } = options
  if (isPlanFile(run)) return replayPlanFile({ ...options, file: run })
  const say = createProgress()
  const known = findRun(root, run)
  const simulated: RunOptions = {
    root,
    plan: 'gate',
    targetFile: defaultTargetFile,
    seed: run,
    only,
    tiers: ['simulation'],
    say,
  }
  const first = known ?? (await executeRun(simulated)).directory
  // Read before anything runs again: a run that was cut off has nothing to compare with.
  const before = await leftBy(first)
  const { plan } = before
  const again = await executeRun({
    ...simulated,
    plan: plan.plan,
    targetFile: plan.target.file,
    seed: plan.seed,
    only: only.length > 0 ? only : [...new Set(plan.rows.map((row) => row.requirement))],
    tiers: [...new Set(plan.rows.map((row) => row.tier))],
    defect: plan.defect ?? undefined,
    variant: plan.variant ?? undefined,
    repeat: repeatOf(plan),
  })
  const rows = compare(before, await leftBy(again.directory))
  print(rows, options.json === true)
  if (rows.length === 0) return exitCodes.inconclusive
  return rows.every((row) => row.same) ? exitCodes.conformant : exitCodes.nonConformant
}
