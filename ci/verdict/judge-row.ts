import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Evidence } from '../../suites/evidence/record.ts'
import { readEvidence, type RunFiles } from '../../suites/evidence/stored.ts'
import type { Verdict } from '../../suites/evidence/verdict.ts'
import { holdsAt } from './exemptions.ts'
import { judge } from './judge.ts'
import type { Plan, PlannedRow } from './plan.ts'

/** Files of one row on one tier: its records of both stages and the histories that they name. */
async function filesOf(directory: string, { requirement, tier }: PlannedRow): Promise<RunFiles> {
  const files = new Map<string, Uint8Array>()
  for (const stage of [0, 1]) {
    const name = `records/${requirement}@${tier}-${stage}.json`
    if (!existsSync(join(directory, name))) continue
    const bytes = await readFile(join(directory, name))
    files.set(name, bytes)
    for (const observation of Evidence.parse(JSON.parse(bytes.toString('utf8'))).observations) {
      if (observation.type === 'history') files.set(observation.file, await readFile(join(directory, observation.file)))
    }
  }
  return files
}

/** Judges one planned row from what the run has stored so far: the very bytes that a stranger will judge. */
export async function judgeRow(plan: Plan, row: PlannedRow, directory: string): Promise<Verdict> {
  const { evidence, histories } = readEvidence(await filesOf(directory, row))
  return judge({
    row: plan.promises.rows[row.requirement],
    objectives: plan.promises.objectives,
    evidence,
    histories,
    exemptions: plan.exemptions.filter((exemption) => holdsAt(exemption, plan.startedAt)),
    confidence: plan.confidence,
    repeatsExpected: row.repeats,
  })
}
