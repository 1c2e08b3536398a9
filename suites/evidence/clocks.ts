/** Documents that hold several clocks of one load side by side, as they are kept beside a record under the kind `clocks`. */
import { z } from 'zod'

/** Bounds in ms of what a histogram tells: a quantile lies in one of its cells. Null where nothing was told, or beyond all edges. */
const Bounds = z.object({ atLeast: z.number(), atMost: z.number() }).nullable()
const Ms = z.number().nullable()

/** A load of events: from the intended send, from the actual send, and by the target's own clock; and what the latter two leave out. */
export const EventClocks = z.object({
  schema: z.literal('meshcert/event-clocks/v1'),
  shape: z.string(),
  /** Alerts that arrived, and events that the target timed. */
  alerts: z.int().nonnegative(),
  told: z.int().nonnegative().nullable(),
  quantiles: z.array(
    z.object({
      quantile: z.number(),
      fromIntendedMs: Ms,
      fromActualMs: Ms,
      ownMs: Bounds,
      generatorLeavesOutMs: Ms,
      targetLeavesOutMs: Bounds,
    }),
  ),
})
export type EventClocks = z.infer<typeof EventClocks>

/** Stages of an event's way: by the target's own clock, and as the suite saw them. */
export const StageClocks = z.object({
  schema: z.literal('meshcert/stage-clocks/v1'),
  rows: z.array(
    z.object({
      stage: z.string(),
      timed: z.int().nonnegative(),
      /** Null for a stage without an outside. */
      seen: z.int().nonnegative().nullable(),
      quantiles: z.array(
        z.object({ quantile: z.string(), limitMs: Ms, insideMs: Bounds, outsideMs: Ms, differenceMs: Bounds }),
      ),
    }),
  ),
})
export type StageClocks = z.infer<typeof StageClocks>

export const Clocks = z.discriminatedUnion('schema', [EventClocks, StageClocks])
export type Clocks = z.infer<typeof Clocks>
