import { z } from 'zod'
import { Verdict } from '../../suites/evidence/verdict.ts'
import { PlannedRow } from '../verdict/plan.ts'

const Told = z.object({ row: PlannedRow, verdict: Verdict })
export type Told = z.infer<typeof Told>

const prefix = 'meshcert-verdict '

/** How a worker tells the runner a verdict while the run goes on: one line on its standard output. */
export const verdictLine = (told: Told): string => prefix + JSON.stringify(told)

const progressPrefix = 'meshcert-progress '

/** How it tells what it is at, in words. */
export const progressLine = (text: string): string => progressPrefix + text

/** The words of such a line, or null for any other output. */
export const readProgressLine = (line: string): string | null =>
  line.startsWith(progressPrefix) ? line.slice(progressPrefix.length) : null

/** The verdict in such a line, or null for any other output. */
export const readVerdictLine = (line: string): Told | null =>
  line.startsWith(prefix) ? Told.parse(JSON.parse(line.slice(prefix.length))) : null
