import { z } from 'zod'

/** Lines of JSON between the runner and its warden. */
export const WardenCommand = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('launch'),
    id: z.string(),
    command: z.string(),
    args: z.array(z.string()),
    env: z.record(z.string(), z.string()),
    cwd: z.string(),
    /** File that gets the child's standard error, appended. */
    log: z.string(),
  }),
  z.object({ op: z.literal('stop'), id: z.string() }),
])
export type WardenCommand = z.infer<typeof WardenCommand>

export const WardenEvent = z.discriminatedUnion('event', [
  z.object({ event: z.literal('started'), id: z.string(), pid: z.int() }),
  z.object({ event: z.literal('line'), id: z.string(), line: z.string() }),
  z.object({ event: z.literal('ended'), id: z.string(), code: z.int().nullable(), signal: z.string().nullable() }),
  z.object({ event: z.literal('refused'), id: z.string(), error: z.string() }),
])
export type WardenEvent = z.infer<typeof WardenEvent>
