import { loadRow } from '../../suites/evidence/stored.ts'
import type { Verdict } from '../../suites/evidence/verdict.ts'
import type { Plan, PlannedRow } from './plan.ts'
import { judgePlanned } from './run-verdict.ts'

/** Judges one planned row from what the run has stored so far: the very bytes that a stranger will judge, by the very function that concludes the run. */
export async function judgeRow(plan: Plan, row: PlannedRow, directory: string): Promise<Verdict> {
  return judgePlanned({ plan, stored: await loadRow(directory, row) }, row)
}
