import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadEvidence } from '../../suites/evidence/stored.ts'
import type { RunDocument } from '../../suites/evidence/verdict.ts'
import type { Plan } from '../verdict/plan.ts'
import { concludeRun } from '../verdict/run-verdict.ts'

/** Judges everything that a run has stored and writes its verdict and reports beside it. `notes` are defects of the suite. */
export async function concludeDirectory(run: {
  readonly directory: string
  readonly plan: Plan
  readonly notes: readonly string[]
}): Promise<RunDocument> {
  const { directory, plan, notes } = run
  const document = concludeRun({ plan, stored: await loadEvidence(directory), defects: notes })
  await writeFile(join(directory, 'notes.json'), JSON.stringify(notes))
  await writeFile(join(directory, 'verdict.json'), `${JSON.stringify(document, null, 2)}\n`)
  return document
}
