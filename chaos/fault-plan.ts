/**
 * Fault plans as data: explicit JSON that says what will be done to whom, when and for how long. It is read strictly, so
 * that a plan with a wrong key or unit is refused before anything is touched; it is hashed, so that two runs can be told
 * to have done the same; and it is a list, so that a failure can be minimised by leaving steps out.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { FaultScope } from '../suites/contract/control.ts'

/** A step of less is over before anybody can see it; where somebody writes seconds it is refused. */
const forMsMin = 50
const forMsMax = 120_000
const atMsMax = 3_600_000

export const FaultStep = z.strictObject({
  /** Milliseconds after the steady state before it: a plan never begins in an unsteady mesh. */
  atMs: z.int().nonnegative().max(atMsMax),
  /** A fault of the catalogue, by its name. */
  fault: z.string().min(1),
  scope: FaultScope,
  /** How long it lasts; null: until recovery has been seen. */
  forMs: z.int().min(forMsMin).max(forMsMax).nullable(),
})
export type FaultStep = z.infer<typeof FaultStep>

export const FaultPlan = z.strictObject({
  schema: z.literal('meshcert/fault-plan/v1'),
  seed: z.string().min(1),
  /** Size of the mesh that it is made for. */
  nodes: z.int().min(2).max(20_000),
  steps: z.array(FaultStep),
})
export type FaultPlan = z.infer<typeof FaultPlan>

/** Reads a plan that somebody else wrote. Throws with every key that is wrong, by its path. */
export function readFaultPlan(value: unknown): FaultPlan {
  const read = FaultPlan.safeParse(value)
  if (read.success) return read.data
  const troubles = read.error.issues.map(({ path, message }) => `${path.join('.') || 'the plan'}: ${message}`)
  throw new Error(
    `This is no fault plan, and nothing was touched: ${troubles.join('; ')}. Times are whole milliseconds, shares are parts of 1.`,
  )
}

/** Hex SHA-256 of the plan's JSON without its seed: plans that do the same have the same hash. */
export function planHash(plan: FaultPlan): string {
  // Parsed, so that keys stand in the order of the schema, whoever wrote them.
  const { schema, nodes, steps } = FaultPlan.parse(plan)
  return createHash('sha256').update(JSON.stringify({ schema, nodes, steps })).digest('hex')
}
