import { z } from 'zod'

/** What one process of the target used while one size was measured; null where the target does not tell. */
export const ProcessUse = z.object({
  name: z.string(),
  /** Processor seconds per second. */
  cores: z.number().nonnegative(),
  /** Share of time in which its event loop was busy. */
  loopShare: z.number().min(0).max(1).nullable(),
  loopDelayMsP99: z.number().nonnegative().nullable(),
  /** Share of time spent in garbage collection. */
  collectionShare: z.number().min(0).max(1).nullable(),
  memoryMB: z.number().nonnegative().nullable(),
})
export type ProcessUse = z.infer<typeof ProcessUse>

/** Where the busy time of the profiled processes went; the parts add up to 1. */
export const SpentOn = z.object({
  crypto: z.number().min(0),
  collection: z.number().min(0),
  /** Datagrams in and out, kernel calls included. */
  sockets: z.number().min(0),
  /** Everything else: protocol, timers, receipts. */
  logic: z.number().min(0),
})
export type SpentOn = z.infer<typeof SpentOn>

/** One size of a mesh under its load, as observed. */
export const ScaleRun = z.object({
  nodes: z.int().positive(),
  attempt: z.int().nonnegative(),
  /** On the clock of the target's host, or virtual. */
  startedAtMs: z.number(),
  /** Null: the mesh did not form in its time. */
  formedInMs: z.number().nonnegative().nullable(),
  /** What the target did not answer while this size ran, so that nothing more was measured; absent: it answered all. */
  unanswered: z.string().min(1).optional(),
  /** Length of the measured window. */
  seconds: z.number().nonnegative(),
  beaconsOffered: z.number().nonnegative(),
  beaconsUsed: z.number().nonnegative(),
  /** Of the receipts that were read; lost beacons are no part of it, they are counted above. */
  latencyMs: z
    .object({
      n: z.int().positive(),
      overLimit: z.int().nonnegative(),
      p50: z.number(),
      p95: z.number(),
      p99: z.number(),
    })
    .nullable(),
  incompleteViews: z.int().nonnegative(),
  /** Datagrams that a full socket buffer threw away; null where nobody counts them. */
  datagramsDropped: z.number().nonnegative().nullable(),
  /** All of the target. */
  targetCores: z.number().nonnegative(),
  /** Of the side that measures. */
  suiteCores: z.number().nonnegative(),
  /** Processor time that a fixed work took meanwhile, in ms: how slow the machine was. Virtual time has none. */
  yardstickMs: z.number().positive().optional(),
  processes: z.array(ProcessUse),
  spentOn: SpentOn.nullable(),
})
export type ScaleRun = z.infer<typeof ScaleRun>

/** A quantity that grows, and where it ends. */
export const Foretold = z.object({
  /** First size that is expected to fail; null: none. */
  nodes: z.number().nullable(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
  decidedBy: z.string().nullable(),
  /** Sizes that it was made from. */
  from: z.array(z.int()),
})
export type Foretold = z.infer<typeof Foretold>

/** What a size must keep, what there is to be used up, and how chance is drawn: with it the figures can be made again. */
export const LimitFrame = z.object({
  type: z.literal('frame'),
  /** Virtual worlds are labelled: their processor is a cost model's. */
  cost: z.enum(['measured', 'modelled']),
  limits: z.object({
    latencyMs: z.number(),
    quantile: z.number(),
    lossShare: z.number(),
    /** Runs from before this was a limit are judged as they were. */
    formWithinMs: z.number().optional(),
  }),
  ceilings: z.object({ machineCores: z.number(), latencyMs: z.number(), formWithinMs: z.number() }),
  /** What the measuring side may use of the machine; beyond it a size says nothing. */
  suiteCoresMax: z.number().optional(),
  /** By which rule sizes were tried; a search from before this was told is judged by its tries alone. */
  search: z
    .object({
      from: z.int().positive(),
      most: z.int().positive(),
      growth: z.number().gt(1),
      resolution: z.number().positive(),
      repeats: z.int().positive(),
    })
    .optional(),
  /** Size that is measured again after each try that failed: how much dearer a node was then. Absent: the yardstick tells. */
  control: z.int().positive().optional(),
  seed: z.string(),
  confidence: z.number(),
  timerProfile: z.string(),
})

/** What a search for the limit says of itself at its end. */
export const LimitFound = z.object({
  type: z.literal('found'),
  ended: z.enum(['bracketed', 'failed at once', 'never failed', 'premise broke']),
  lastHeld: z.int().nullable(),
  firstFailed: z.int().nullable(),
  /** What was foretold, at the speed that the machine had while the first failed size ran; null where none failed. */
  foretoldThen: z.number().nullable().optional(),
  interval: z.tuple([z.int().nullable(), z.int().nullable()]),
})

export type LimitFound = z.infer<typeof LimitFound>

/** Course of a search for the limit, in its order. */
export const LimitStep = z.discriminatedUnion('type', [
  LimitFrame,
  z.object({
    type: z.literal('run'),
    run: ScaleRun,
    outcome: z.enum(['holds', 'fails', 'unknown']),
    /** Of the watched receivers, because nobody read them in time; runs from before this was told are judged as they were. */
    receiptsDropped: z.number().nonnegative().optional(),
  }),
  /** The size of the frame's `control`, right after a try that failed. */
  z.object({
    type: z.literal('control'),
    after: z.object({ nodes: z.int().positive(), attempt: z.int().nonnegative() }),
    run: ScaleRun,
    /** As of a try. */
    receiptsDropped: z.number().nonnegative().optional(),
  }),
  z.object({ type: z.literal('prediction'), atMs: z.number(), foretold: Foretold }),
  LimitFound,
])
export type LimitStep = z.infer<typeof LimitStep>
