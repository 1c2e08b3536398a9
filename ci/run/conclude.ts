import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadEvidence } from '../../suites/evidence/stored.ts'
import type { RunDocument } from '../../suites/evidence/verdict.ts'
import type { Plan } from '../verdict/plan.ts'
import { writeReports } from '../report/render.ts'
import { concludeRun } from '../verdict/run-verdict.ts'

/** Concludes a run from what it has stored and writes `verdict.json` beside it. `notes` are defects of the suite met on the way. */
export async function concludeDirectory(options: {
  readonly directory: string
  readonly plan: Plan
  readonly notes: readonly string[]
}): Promise<RunDocument> {
  const { directory, plan, notes } = options
  const stored = await loadEvidence(directory)
  const document = concludeRun({ plan, stored, defects: notes })
  // Who judges this run again must know them too.
  writeFileSync(join(directory, 'notes.json'), JSON.stringify(notes))
  writeFileSync(join(directory, 'verdict.json'), JSON.stringify(document, null, 2))
  await writeReports(directory, ['html', 'junit', 'ctrf', 'markdown'])
  return document
}
