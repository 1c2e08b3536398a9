import { z } from 'zod'
import { Series } from '../../suites/evidence/record.ts'
import { MachineClass } from './machine-class.ts'

/** What a signed baseline states: the rounds of one row of one run, and on which machine they were measured. */
export const Baseline = z.object({
  requirement: z.string(),
  objective: z.string(),
  run: z.string(),
  /** UTC, ISO 8601: the run's start. */
  recordedAt: z.string(),
  target: z.object({ name: z.string(), version: z.string() }),
  machine: MachineClass,
  /** Measurements of the objective and of the machine's speed, by the names that they have in the evidence. */
  series: z.array(Series),
})
export type Baseline = z.infer<typeof Baseline>

/** The other side of a comparison. */
export type Comparison = {
  /** Of the run that is judged. */
  readonly machine: MachineClass
  readonly target: string
  readonly baseline: Baseline | null
  /** Why there is none, or why the one that there is counts for nothing. */
  readonly refused: string | null
}

/** Series of the machine's own speed beside those of an objective: CPU time of a fixed work, in ms. */
export const yardstickSeries = 'yardstick'

const run = 'npx meshcert certify --only LOAD-BASELINE --tier processes'

/** What to do where there is nothing to compare with. */
export const howToRecord = `record one on this machine while it does nothing else: \`${run}\`, then \`npx meshcert bundle latest --baseline\``
