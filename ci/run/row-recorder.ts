import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Target } from '../../suites/contract/target.ts'
import { digestOf } from '../../suites/evidence/digest.ts'
import { createRecorder, type Recorder } from '../../suites/evidence/recorder.ts'
import type { Plan, PlannedRow } from '../verdict/plan.ts'

/** One attempt at one planned row: stage 1 is the declared escalation. */
export type RowAttempt = {
  readonly plan: Plan
  readonly row: PlannedRow
  readonly stage: 0 | 1
  readonly runDirectory: string
}

/** What a target says of itself that goes into the evidence. */
type Described = Pick<Target['description'], 'name' | 'version' | 'details'> & {
  readonly capabilities: readonly string[]
}

/** Each attempt draws from a stream of its own, so that leaving one row out changes no other. */
export const seedOf = ({ plan, row, stage }: Pick<RowAttempt, 'plan' | 'row' | 'stage'>): string =>
  `${plan.seed}/${row.requirement}/${row.tier}/${stage}`

/** Whether an attempt has its record: the last file that it writes. */
export const isRecorded = (directory: string, { row, stage }: Pick<RowAttempt, 'row' | 'stage'>): boolean =>
  existsSync(join(directory, 'records', `${row.requirement}@${row.tier}-${stage}.json`))

/** The recorder of an attempt, with everything that the plan and the target say about it. */
export function recorderOf(
  attempt: RowAttempt,
  by: {
    readonly description: Described
    readonly startedAt: Date
  },
): Recorder {
  const { plan, row, stage, runDirectory } = attempt
  const { name, version, capabilities, details } = by.description
  return createRecorder({
    directory: runDirectory,
    requirement: row.requirement,
    planSha256: digestOf(plan),
    tier: row.tier,
    scope: row.scope,
    stage,
    target: { name, version, capabilities: [...capabilities], details },
    defect: plan.defect,
    variant: plan.variant,
    seed: seedOf(attempt),
    startedAt: by.startedAt.toISOString(),
  })
}
