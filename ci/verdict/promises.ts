import { z } from 'zod'

const severity = z.enum(['critical', 'warning', 'info'])
const stated = { plane: z.string(), title: z.string(), severity }

/** An objective of `sla.config.ts` as data from outside: of a stored plan, or of another config. */
export const ObjectiveData = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('latency'),
    ...stated,
    metric: z.string().nullable(),
    quantile: z.number().gt(0).lt(1),
    limit: z.number().positive(),
    unit: z.literal('ms'),
    everyMin: z.number().positive().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    atNodes: z.number().positive().optional(),
  }),
  z.object({
    kind: z.literal('availability'),
    ...stated,
    good: z.string().nullable(),
    total: z.string().nullable(),
    target: z.number().gt(0).lt(1),
    windowDays: z.number().positive(),
  }),
  z.object({
    kind: z.literal('throughput'),
    ...stated,
    metric: z.string().nullable(),
    floor: z.number().positive(),
    unit: z.literal('1/s'),
    sustainS: z.number().positive(),
    everyS: z.int().positive(),
  }),
  z.object({ kind: z.literal('recovery'), ...stated, limit: z.number().positive(), unit: z.literal('s') }),
  z.object({ kind: z.literal('invariant'), ...stated, metric: z.string().nullable() }),
  z.object({
    kind: z.enum(['floor', 'ceiling']),
    ...stated,
    quantity: z.string(),
    limit: z.number(),
    unit: z.string(),
  }),
  z.object({
    kind: z.literal('margin'),
    ...stated,
    quantity: z.string(),
    limit: z.number().positive(),
    confidence: z.number().gt(0.5).lt(1),
    machineDrift: z.number().positive(),
  }),
])
export type ObjectiveData = z.infer<typeof ObjectiveData>
export type ObjectiveOf<K extends ObjectiveData['kind']> = Extract<ObjectiveData, { kind: K }>

/** A row of the catalogue as data from outside. */
export const RequirementData = z.object({
  id: z.string(),
  claim: z.string(),
  source: z.string(),
  level: z.enum(['MUST', 'SHOULD']),
  subject: z.enum(['target', 'suite', 'document']),
  profiles: z.array(z.string()),
  capabilities: z.array(z.string()),
  optional: z.boolean(),
  objective: z.string(),
  further: z.array(z.string()).optional(),
  checkers: z.array(z.string()).optional(),
  values: z.int().positive().optional(),
  where: z.array(z.string()),
  excluded: z.string().optional(),
})
export type RequirementData = z.infer<typeof RequirementData>

export type Promises = {
  readonly objectives: Record<string, ObjectiveData>
  readonly rows: Record<string, RequirementData>
}
