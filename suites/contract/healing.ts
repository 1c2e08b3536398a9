import { z } from 'zod'
import { route, type Port } from './route.ts'

/** One turn of a MAPE-K loop: monitor, analyse, plan, execute, over shared knowledge. Times are host milliseconds. */
export const HealingCycle = z.object({
  loop: z.string(),
  /** Position in the loop's schedule, 0, 1, 2, …: cycle k is due at start + k × period. */
  cycle: z.int().nonnegative(),
  dueAtMs: z.number(),
  startedAtMs: z.number(),
  endedAtMs: z.number(),
  /** Monitored: how many nodes' sensors were read; absent where a target tells none of its steps one by one. */
  nodesRead: z.int().nonnegative().optional(),
  /** Analysed: what is wrong, a line each that names the nodes concerned. */
  symptoms: z.array(z.string()),
  /**
   * First what was looked at again: actions of earlier cycles whose effect is there (true) or will not come (false). Then
   * what is planned and executed in this cycle (null); an action is not executed again while its effect is awaited.
   */
  actions: z.array(
    z.object({
      action: z.string(),
      /** Who acts, and on its link to whom: `node>peer`. */
      subject: z.string(),
      /** What the action is for: that link, or its end. */
      aim: z.enum(['link', 'no link']).optional(),
      verified: z.boolean().nullable(),
    }),
  ),
  /** Learned: what did not help, and is not executed again before that instant. */
  learned: z.array(z.object({ action: z.string(), subject: z.string(), untilMs: z.number() })).optional(),
})
export type HealingCycle = z.infer<typeof HealingCycle>

export const healingRoutes = {
  healingStatus: route({
    method: 'get',
    path: '/v1/healing',
    summary: 'Loops, their period and the counters they keep of themselves.',
    input: z.object({}),
    output: z.object({
      loops: z.array(z.string()),
      periodMs: z.number().positive(),
      cyclesDue: z.number(),
      cyclesExecuted: z.number(),
      nowMs: z.number(),
    }),
    probe: {},
  }),
  healingCycles: route({
    method: 'get',
    path: '/v1/healing/cycles',
    summary:
      'Executed cycles since a cursor, oldest first, and the next cursor; `after` = -1 starts at the newest. At least 30 s are kept.',
    input: z.object({ after: z.coerce.number().int().min(-1) }),
    output: z.object({ next: z.int().nonnegative(), cycles: z.array(HealingCycle), dropped: z.int().nonnegative() }),
    probe: { after: -1 },
  }),
} as const

export type HealingPlane = Port<typeof healingRoutes>
