import { z } from 'zod'

export const VerdictWord = z.enum(['PASS', 'FAIL', 'INCONCLUSIVE', 'EXEMPT', 'NOT-APPLICABLE'])
export type VerdictWord = z.infer<typeof VerdictWord>

/** What the judge says of one requirement on one tier. Null where a number makes no sense for the kind of promise. */
export const Verdict = z.object({
  verdict: VerdictWord,
  n: z.int().nonnegative(),
  observed: z.number().nullable(),
  limit: z.number().nullable(),
  unit: z.string().nullable(),
  /** One-sided bounds at the plan's confidence, of the share or quantity that was judged. */
  interval: z.tuple([z.number(), z.number()]).nullable(),
  reason: z.string(),
  /** The run may be repeated once with more samples, as the plan declared beforehand. */
  escalate: z.boolean(),
})
export type Verdict = z.infer<typeof Verdict>

export const RunRow = Verdict.omit({ escalate: true }).extend({
  id: z.string(),
  tier: z.string(),
  scope: z.enum(['full', 'compressed']),
  replay: z.string().nullable(),
})
export type RunRow = z.infer<typeof RunRow>

/** `--json` of a run. */
export const RunDocument = z.object({
  schema: z.literal('meshcert/run/v1'),
  run: z.string(),
  plan: z.string(),
  seed: z.string(),
  target: z.object({ name: z.string(), version: z.string() }),
  versions: z.object({ suite: z.string(), catalogue: z.string(), contract: z.string(), judge: z.string() }),
  verdict: z.enum(['CONFORMANT', 'NON-CONFORMANT', 'INCONCLUSIVE']),
  exitCode: z.int(),
  requirements: z.array(RunRow),
  uncovered: z.array(z.object({ id: z.string(), tiers: z.array(z.string()) })),
  notes: z.array(z.string()),
})
export type RunDocument = z.infer<typeof RunDocument>
