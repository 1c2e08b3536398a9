import { z } from 'zod'

/**
 * What was observed, and nothing else: the judge computes every verdict from these records. Bulky
 * histories lie beside the record as compressed NDJSON and are bound to it by their digest.
 */
export const evidenceSchema = 'meshcert/evidence/v1'

export const Tier = z.enum(['simulation', 'processes', 'containers', 'cluster'])

export const Histogram = z.object({
  type: z.literal('histogram'),
  name: z.string(),
  unit: z.literal('ms'),
  n: z.int().nonnegative(),
  /** HdrHistogram V2, compressed, base64; microseconds, 3 significant digits. */
  hdr: z.string(),
  /**
   * Exact counts at or below edges in ms, recorded beside the histogram, so that a limit standing on an edge is judged
   * without the histogram's rounding.
   */
  within: z.record(z.string(), z.int().nonnegative()),
})

export const Counter = z.object({
  type: z.literal('counter'),
  name: z.string(),
  unit: z.string(),
  value: z.number(),
  /** Seconds over which the count ran. */
  overS: z.number().nonnegative(),
  /** Counts of successive whole seconds, for promises that hold in every second of a stretch. */
  perSecond: z.array(z.number()).optional(),
})

export const Proportion = z.object({
  type: z.literal('proportion'),
  name: z.string(),
  good: z.int().nonnegative(),
  total: z.int().nonnegative(),
})

/** Single measurements that are judged one by one: recovery times, accuracies, slopes. `censored` counts runs that never got there. */
export const Series = z.object({
  type: z.literal('series'),
  name: z.string(),
  unit: z.string(),
  values: z.array(z.number()),
  censored: z.int().nonnegative(),
  /** Of each value, how much smaller it may have been, in the same unit: who measured it asked at intervals. Absent where nobody told. */
  resolutions: z.array(z.number().nonnegative()).optional(),
})

/**
 * Yes-or-no checks; each failed one that is quoted tells what was seen, and with `noise: false` that no noise of the machine
 * can fail it. Of very many only the first are quoted, and `failedCount` says how many failed.
 */
export const Checks = z.object({
  type: z.literal('checks'),
  name: z.string(),
  total: z.int().nonnegative(),
  failedCount: z.int().nonnegative().optional(),
  failed: z.array(z.object({ check: z.string(), seen: z.string(), noise: z.literal(false).optional() })),
})

/** A history for a checker: one JSON object a line in `file`, relative to the run's directory. */
export const History = z.object({
  type: z.literal('history'),
  name: z.string(),
  checker: z.string(),
  n: z.int().nonnegative(),
  file: z.string(),
  sha256: z.string().length(64),
})

/** A document beside the record, as it was: a profile, a report. Bound by its digest, like a history. */
export const Document = z.object({
  type: z.literal('file'),
  name: z.string(),
  /** What kind of document it is: `cpuprofile`, `heapprofile`, `io`, `scaling`. */
  kind: z.string(),
  bytes: z.int().nonnegative(),
  file: z.string(),
  sha256: z.string().length(64),
})

export const Observation = z.discriminatedUnion('type', [
  Histogram,
  Counter,
  Proportion,
  Series,
  Checks,
  History,
  Document,
])
export type Observation = z.infer<typeof Observation>

/** A measured condition for believing the numbers; broken (measured > limit), the verdict is INCONCLUSIVE whatever they say. */
export const Premise = z.object({
  claim: z.enum([
    'schedule lag p99',
    'offered rate',
    'generator headroom',
    'machine speed',
    'limit found',
    'foreign load',
    'dropped iterations',
    'fault effect',
    'steady state before',
    'target alive',
    'fault undone',
    'receipts complete',
    'same timers',
    'same class of machine',
    'live runs of these sources',
    'live runs at rest',
    'samples enough',
    'tool present',
    'capture complete',
    'positive control',
  ]),
  measured: z.number(),
  limit: z.number(),
  unit: z.string(),
  /** Noise of the machine may be escaped by the one declared escalation; a fault without effect may not. */
  noise: z.boolean(),
  /**
   * What it leaves in doubt when it is broken: everything unless given. `failures`: who was late and kept the promise all the
   * same has kept it, for the claim does not ask for being on time. The judge heeds it in rows of invariants only.
   */
  spoils: z.literal('failures').optional(),
  detail: z.string().optional(),
})
export type Premise = z.infer<typeof Premise>

export const AppliedFault = z.object({
  fault: z.string(),
  /** Of an objective that is judged in parts (`recovery:far`), the part that this fault belongs to (`far`). */
  part: z.string().optional(),
  driver: z.string(),
  scope: z.record(z.string(), z.unknown()),
  leaseMs: z.number(),
  injectedAtMs: z.number(),
  effectProvenAtMs: z.number().nullable(),
  undoneAtMs: z.number().nullable(),
  residue: z.array(z.string()),
  /**
   * Undone before its time, because the target broke more under it than it may; `repeatsLeft` would have followed in its row.
   * Absent: it was held to its end.
   */
  aborted: z
    .object({ atMs: z.number(), because: z.string(), repeatsLeft: z.int().nonnegative().optional() })
    .optional(),
})
export type AppliedFault = z.infer<typeof AppliedFault>

export const Evidence = z.object({
  schema: z.literal(evidenceSchema),
  requirement: z.string(),
  /** SHA-256 of the canonical JSON of the plan under which this was observed: a plan that was edited afterwards, with its limits, repeats or exemptions, is not that plan. */
  planSha256: z.string().length(64),
  tier: Tier,
  /** Only `full` certifies; a compressed run has the same rate and is shorter. */
  scope: z.enum(['full', 'compressed']),
  /** 0 at first, 1 for the one escalation that the plan declared beforehand. */
  stage: z.int().min(0).max(1),
  target: z.object({
    name: z.string(),
    version: z.string(),
    capabilities: z.array(z.string()),
    details: z.record(z.string(), z.string()),
  }),
  defect: z.string().nullable(),
  variant: z.string().nullable(),
  seed: z.string(),
  startedAt: z.string(),
  tookMs: z.number(),
  observations: z.array(Observation),
  premises: z.array(Premise),
  faults: z.array(AppliedFault),
  failures: z.object({ definite: z.int().nonnegative(), indefinite: z.int().nonnegative() }),
  /** Simulation only: the rolling hash of each world's event log, in the order in which the scenario asked for the worlds. */
  eventLogHashes: z.array(z.string()),
  /** The body ended with an error: nothing that it recorded is complete. */
  aborted: z.string().nullable(),
  /** Why the row can't apply to this target, if it can't. */
  notApplicable: z.string().nullable(),
})
export type Evidence = z.infer<typeof Evidence>
