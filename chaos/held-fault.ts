/** What passes between a run and a runner that it lets hold a fault until that dies. */
import { z } from 'zod'
import { FaultScope } from '../suites/contract/control.ts'

/** A fault that is held by renewing its lease. */
export const HeldFault = z.strictObject({
  fault: z.string(),
  scope: FaultScope,
  /** Of the process to be killed, for a `kill`; null for what strikes the mesh. */
  pid: z.int().positive().nullable(),
  /** Of a workload that shows an outage of the authority; null for what strikes the mesh. */
  endpoint: z.string().nullable(),
  /** Of learning, that shows whether its coordinator answers; null for what strikes another plane. */
  jobId: z.string().nullable(),
  leaseMs: z.number().positive(),
})
export type HeldFault = z.infer<typeof HeldFault>

/** What a runner tells once it has looked for the effect, as a line of JSON; times in ms. */
export const Told = z.object({
  proven: z.boolean(),
  seen: z.string(),
  injectedAtMs: z.number(),
  provenAtMs: z.number().nullable(),
})
export type Told = z.infer<typeof Told>
