import { loadEvidence } from '../../suites/evidence/stored.ts'
import { createProgress } from '../run/progress.ts'
import { findRun } from '../run/run-directory.ts'
import { executeRun, type EndedRun, type RunOptions } from '../run/run.ts'
import { readPlan } from '../run/session.ts'
import { exitCodes } from '../run/stop.ts'
import { defaultTargetFile } from '../run/target-file.ts'

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

async function verdictsOf(directory: string, ended: EndedRun | null): Promise<ReadonlyMap<string, string>> {
  const document = ended?.document ?? (await import('../run/run-document.ts')).readRunDocument(directory)
  return new Map(document.requirements.map((row) => [`${row.id}@${row.tier}`, row.verdict]))
}

async function compare(first: string, again: EndedRun): Promise<readonly Compared[]> {
  const [before, after] = [await hashesOf(first), await hashesOf(again.directory)]
  const [said, says] = [await verdictsOf(first, null), await verdictsOf(again.directory, again)]
  return [...after].map(([key, hash]) => {
    const [id = '', tier = ''] = key.split('@')
    const row = `${id}@${tier}`
    const same = before.get(key) === hash && said.get(row) === says.get(row)
    return { id, tier, first: before.get(key) ?? null, again: hash, same }
  })
}

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
    repeat: null,
    say,
  }
  const first = known ?? (await executeRun(simulated)).directory
  const plan = readPlan(first)
  const again = await executeRun({
    ...simulated,
    plan: plan.plan,
    targetFile: plan.target.file,
    seed: plan.seed,
    only: only.length > 0 ? only : [...new Set(plan.rows.map((row) => row.requirement))],
    tiers: [...new Set(plan.rows.map((row) => row.tier))],
    defect: plan.defect ?? undefined,
    variant: plan.variant ?? undefined,
  })
  const rows = await compare(first, again)
  print(rows, options.json === true)
  if (rows.length === 0) return exitCodes.inconclusive
  return rows.every((row) => row.same) ? exitCodes.conformant : exitCodes.nonConformant
}
