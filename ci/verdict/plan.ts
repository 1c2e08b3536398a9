import { z } from 'zod'
import { sla } from '../../sla.config.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import { MachineClass } from './machine-class.ts'
import { Exemption } from './exemptions.ts'
import { ObjectiveData, RequirementData, type Promises } from './promises.ts'

const Tier = z.enum(['simulation', 'processes', 'containers', 'cluster'])
const Scope = z.enum(['full', 'compressed'])

export const PlannedRow = z.object({
  requirement: z.string(),
  tier: Tier,
  scope: Scope,
  /** How many faults a row that is judged by its recoveries must show. */
  repeats: z.int().positive(),
  /** Claims of the premises that its record must carry: a premise that is not there was not kept. */
  premises: z.array(z.string()).optional(),
})
export type PlannedRow = z.infer<typeof PlannedRow>

/**
 * What a run will do and by what it will be judged, written before anything is observed. Everything
 * that a verdict depends on besides the evidence is in here, so that a stranger can judge again.
 */
export const Plan = z.object({
  schema: z.literal('meshcert/plan/v1'),
  run: z.string(),
  plan: z.enum(['gate', 'quick', 'release']),
  seed: z.string(),
  /** UTC, ISO 8601; exemptions expire by it. */
  startedAt: z.string(),
  target: z.object({ name: z.string(), file: z.string() }),
  defect: z.string().nullable(),
  variant: z.string().nullable(),
  /** Of each one-sided bound, at each stage: with an escalation declared, the error is split over two stages. */
  confidence: z.number().gt(0.5).lt(1),
  escalation: z.object({ factor: z.number().gt(1) }).nullable(),
  rows: z.array(PlannedRow),
  uncovered: z.array(z.object({ id: z.string(), tiers: z.array(Tier) })),
  exemptions: z.array(Exemption),
  versions: z.object({ suite: z.string(), catalogue: z.string(), contract: z.string(), judge: z.string() }),
  /** SHA-256 of what went into the run: suite, sla, catalogue, vectors, k6, kill matrix; whatever there is. */
  inputs: z.record(z.string(), z.string()),
  /** Where a row is held against a baseline: this machine's class, and the signed baseline as it was found, or why it was refused. */
  comparison: z
    .object({ machine: MachineClass, signed: z.string().nullable(), refused: z.string().nullable() })
    .optional(),
  /** The promises in force: the planned rows of the catalogue and the objectives that they cite. */
  promises: z.object({
    objectives: z.record(z.string(), ObjectiveData),
    rows: z.record(z.string(), RequirementData),
  }),
})
export type Plan = z.infer<typeof Plan>

/** The rows of the catalogue with these ids and the objectives that they cite, as the plan keeps them. */
export function promisesFor(ids: readonly string[]): Promises {
  const rows = catalogue.filter((row) => ids.includes(row.id))
  const cited = new Set<string>(rows.flatMap((row) => [row.objective, ...(row.further ?? [])]))
  return {
    objectives: Object.fromEntries(
      Object.entries(sla.objectives)
        .filter(([id]) => cited.has(id))
        .map(([id, objective]) => [id, ObjectiveData.parse(objective)]),
    ),
    rows: Object.fromEntries(rows.map((row) => [row.id, RequirementData.parse(row)])),
  }
}

/** Completes a plan with its schema and the promises that its rows cite. Throws when a row is in no catalogue. */
export function createPlan(draft: Omit<Plan, 'schema' | 'promises'>): Plan {
  const promises = promisesFor(draft.rows.map((row) => row.requirement))
  const unknown = draft.rows.find((row) => promises.rows[row.requirement] === undefined)
  if (unknown !== undefined) {
    throw new Error(`No requirement is called ${unknown.requirement}: \`npx meshcert list\` shows the catalogue.`)
  }
  return Plan.parse({ schema: 'meshcert/plan/v1', ...draft, promises })
}
