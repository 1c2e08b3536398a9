/**
 * A failure that a schedule found, kept: the plan, what was wrong, and how to see it again. Once mended it stays under
 * `chaos/regressions/`, one file each, and every run replays it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { FaultPlan, planHash, readFaultPlan } from './fault-plan.ts'

const regressionSchema = 'meshcert/regression/v1'

export const Regression = z.strictObject({
  schema: z.literal(regressionSchema),
  /** What broke, and by which faults together: for whoever sees it red again. */
  story: z.string().min(1),
  plan: FaultPlan,
  /** What was wrong when it was found. */
  wrong: z.array(z.string()).min(1),
  eventLogHash: z.string(),
  /** Deliberate bug that was switched on; null for a bug of the target. */
  defect: z.string().nullable(),
})
export type Regression = z.infer<typeof Regression>

const folder = new URL('regressions/', import.meta.url)

/** Every kept regression by the name of its file. Throws for one that can't be read. */
export function keptRegressions(): readonly { readonly name: string; readonly regression: Regression }[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.json'.length),
      regression: Regression.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))),
    }))
}

/** The plan of a file that holds one, by itself or as a regression; what was recorded of it, where something was. */
export function readPlanFile(text: string): { readonly plan: FaultPlan; readonly recorded: Regression | null } {
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && 'schema' in value && value.schema === regressionSchema) {
    const recorded = Regression.parse(value)
    return { plan: recorded.plan, recorded }
  }
  const inner = typeof value === 'object' && value !== null && 'plan' in value ? value.plan : value
  return { plan: readFaultPlan(inner), recorded: null }
}

/** The file's name for a plan that is kept by no other. */
export const fileNameOf = (plan: FaultPlan): string => `${planHash(plan).slice(0, 12)}.json`
