import { z } from 'zod'
import { Verdict } from '../../suites/evidence/verdict.ts'
import { PlannedRow } from '../verdict/plan.ts'

const Told = z.object({ row: PlannedRow, verdict: Verdict })
export type Told = z.infer<typeof Told>

const prefix = 'meshcert-verdict '

/** How a worker tells the runner a verdict while the run goes on: one line on its standard output. */
export const verdictLine = (told: Told): string => prefix + JSON.stringify(told)

/** The verdict in such a line, or null for any other output. */
export const readVerdictLine = (line: string): Told | null =>
  line.startsWith(prefix) ? Told.parse(JSON.parse(line.slice(prefix.length))) : null
