import { sla } from '../../sla.config.ts'
import { loadEvidence } from '../../suites/evidence/stored.ts'
import type { RunDocument } from '../../suites/evidence/verdict.ts'
import { createProgress } from '../run/progress.ts'
import { findRun } from '../run/run-directory.ts'
import { readRunDocument } from '../run/run-document.ts'
import { executeRun, type RunOptions } from '../run/run.ts'
import { readPlan } from '../run/session.ts'
import { exitCodes, messageOf, Stop } from '../run/stop.ts'
import { defaultTargetFile } from '../run/target-file.ts'
import type { Plan } from '../verdict/plan.ts'

export type ReplayOptions = {
  readonly root: string
  readonly run: string
  readonly only: readonly string[]
  readonly json?: boolean
}

type Compared = {
  readonly id: string
  readonly tier: string
  readonly first: string | null
  readonly again: string | null
  readonly same: boolean
}

/** Event-log hash per requirement, tier and stage of a run; live rows have none. */
async function hashesOf(directory: string): Promise<ReadonlyMap<string, string | null>> {
  const { evidence } = await loadEvidence(directory)
  return new Map(
    evidence.map((record) => [`${record.requirement}@${record.tier}@${record.stage}`, record.eventLogHash]),
  )
}

const verdictsOf = ({ requirements }: RunDocument): ReadonlyMap<string, string> =>
  new Map(requirements.map((row) => [`${row.id}@${row.tier}`, row.verdict]))

/** What a run left to compare. */
export type Left = { readonly document: RunDocument; readonly hashes: ReadonlyMap<string, string | null> }

/** Holds every row of the second run against the first. A simulated stage that only one of them recorded is a difference; a live one escalates by noise. */
export function compare(first: Left, again: Left): readonly Compared[] {
  const [said, says] = [verdictsOf(first.document), verdictsOf(again.document)]
  const keys = new Set([...first.hashes.keys(), ...again.hashes.keys()])
  return [...keys].flatMap((key) => {
    const [id = '', tier = ''] = key.split('@')
    const row = `${id}@${tier}`
    if (!says.has(row)) return []
    const [before, after] = [first.hashes.get(key) ?? null, again.hashes.get(key) ?? null]
    return [{ id, tier, first: before, again: after, same: before === after && said.get(row) === says.get(row) }]
  })
}

/** `--repeat` of a plan, which stands in its rows; null where they have the plan's own numbers. */
const repeatOf = ({ plan, rows }: Plan): number | null =>
  rows.find(({ repeats, tier }) => repeats !== sla.plans[plan].repeats[tier])?.repeats ?? null

function print(rows: readonly Compared[], json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ schema: 'meshcert/replay/v1', rows })}\n`)
    return
  }
  for (const row of rows) {
    const what = row.same ? 'reproduced' : `DIFFERS (${row.first ?? 'no hash'} then ${row.again ?? 'no hash'})`
    process.stdout.write(
      `${row.id} on ${row.tier}: ${what}${row.same && row.again !== null ? ` ${row.again.slice(0, 16)}` : ''}\n`,
    )
  }
}

function planOf(directory: string): Plan {
  try {
    return readPlan(directory)
  } catch (error) {
    throw new Stop(exitCodes.usage, `${directory}/plan.json is no plan: ${messageOf(error)}. Replay by a seed instead.`)
  }
}

/**
 * Runs a plan again with its seed, in new processes, and compares verdicts and event-log hashes.
 * A name that is no run is a seed: its simulated rows then run twice. 0: all reproduced; 1: something
 * differs; 2: there was nothing to compare.
 */
export async function replay(options: ReplayOptions): Promise<number> {
  const { root, run, only } = options
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
  const plan = planOf(first)
  // Read before anything runs again: a run that was cut off has nothing to compare with.
  const before = { document: readRunDocument(first), hashes: await hashesOf(first) }
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
  const rows = compare(before, { document: again.document, hashes: await hashesOf(again.directory) })
  print(rows, options.json === true)
  if (rows.length === 0) return exitCodes.inconclusive
  return rows.every((row) => row.same) ? exitCodes.conformant : exitCodes.nonConformant
}
