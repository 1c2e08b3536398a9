import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Handle } from '../../suites/contract/target.ts'
import { Tier } from '../../suites/evidence/record.ts'
import { Plan } from '../verdict/plan.ts'

const JsonHandle: z.ZodType<Handle> = z.lazy(() =>
  z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), JsonHandle, z.array(JsonHandle)])),
)

/** What a Vitest worker needs to take part in a run, beside its plan. */
const Session = z.object({
  targetFile: z.string(),
  /** Of the target as it was started on each live tier of the run so far. */
  handles: z.partialRecord(Tier, JsonHandle),
  /** Process under which everything of this run lives; null when the target was not started by it: its load can't be told from others'. */
  runner: z.int().positive().nullable(),
})
export type Session = z.infer<typeof Session>

export function writeSession(runDirectory: string, session: Session): void {
  writeFileSync(join(runDirectory, 'session.json'), JSON.stringify(session))
}

export const readSession = (runDirectory: string): Session =>
  Session.parse(JSON.parse(readFileSync(join(runDirectory, 'session.json'), 'utf8')))

export const readPlan = (runDirectory: string): Plan =>
  Plan.parse(JSON.parse(readFileSync(join(runDirectory, 'plan.json'), 'utf8')))
