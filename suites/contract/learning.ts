import { z } from 'zod'
import { route, type Port } from './route.ts'
import { JournalCopy } from './storage.ts'

/** Little-endian float32 values, base64. */
const vector = z.base64()

export const LearningRound = z.object({
  round: z.int().nonnegative(),
  state: z.enum(['collecting', 'aggregated', 'abandoned']),
  startedAtMs: z.number(),
  closedAtMs: z.number().nullable(),
  updatesAccepted: z.int().nonnegative(),
  /** Those of the accepted ones that carried the job's note; absent where the target does not pass notes on, or there is none. */
  updatesNoted: z.int().nonnegative().optional(),
  updatesRefused: z.record(z.string(), z.int().nonnegative()),
  /** SHA-256 of the model's bytes before and after; equal when the round was abandoned. */
  modelHashBefore: z.string(),
  modelHashAfter: z.string().nullable(),
  /** Clients that reported the new model's hash back. */
  distributedTo: z.int().nonnegative(),
  /** Held-out accuracy of the aggregated model in [0, 1], where the task has one. */
  accuracy: z.number().nullable(),
  convergence: z.enum(['unknown', 'converging', 'plateau', 'oscillation', 'divergence']),
})
export type LearningRound = z.infer<typeof LearningRound>

export const LearningJob = z.object({
  jobId: z.string(),
  task: z.enum(['external', 'digits']),
  dimension: z.int().positive(),
  rule: z.enum(['mean']),
  version: z.int().nonnegative(),
  modelHash: z.string(),
  rounds: z.array(LearningRound),
})
export type LearningJob = z.infer<typeof LearningJob>

export const learningRoutes = {
  createJob: route({
    method: 'post',
    path: '/v1/learning/jobs',
    summary:
      "Creates a job: `external` collects the caller's updates, `digits` trains the target's own clients on real handwritten digits.",
    input: z.object({
      task: z.enum(['external', 'digits']),
      rule: z.enum(['mean']).default('mean'),
      /** Length of the model vector; for `digits` the target's own model decides. */
      dimension: z.int().positive().max(1_000_000).optional(),
      /** Clients that take part; for `digits` the target's own. */
      clients: z.int().positive().max(40_000),
      /** Updates that close a round, and the least number with which a round may close at its time-out. */
      goal: z.int().positive(),
      minimum: z.int().positive(),
      roundTimeoutMs: z.number().positive().max(600_000),
      /** A text that goes with every order to the target's own clients, and with each of their updates back to it. */
      note: z.string().max(256).optional(),
    }),
    output: LearningJob,
    status: 201,
    probe: { task: 'external', dimension: 4, clients: 2, goal: 2, minimum: 2, roundTimeoutMs: 1_000 },
  }),
  job: route({
    method: 'get',
    path: '/v1/learning/jobs/{jobId}',
    summary: 'A job with every round so far.',
    input: z.object({ jobId: z.string() }),
    output: LearningJob,
  }),
  startRound: route({
    method: 'post',
    path: '/v1/learning/jobs/{jobId}/rounds',
    summary: 'Starts the next round; for `digits` the clients then train by themselves.',
    input: z.object({ jobId: z.string() }),
    output: z.object({ round: z.int().nonnegative(), baseVersion: z.int().nonnegative() }),
    status: 201,
  }),
  submitUpdate: route({
    method: 'post',
    path: '/v1/learning/jobs/{jobId}/updates',
    summary: 'Submits one update (a delta); an unusable one is refused with its reason and the round goes on.',
    input: z.object({
      jobId: z.string(),
      updateId: z.string().min(1).max(128),
      client: z.string().min(1).max(128),
      round: z.int().nonnegative(),
      samples: z.number(),
      delta: vector,
    }),
    output: z.object({ accepted: z.boolean(), reason: z.string() }),
  }),
  model: route({
    method: 'get',
    path: '/v1/learning/jobs/{jobId}/model',
    summary: 'The current model: its version, bytes and their SHA-256.',
    input: z.object({ jobId: z.string() }),
    output: z.object({ version: z.int().nonnegative(), weights: vector, hash: z.string() }),
  }),
  storage: route({
    method: 'get',
    path: '/v1/learning/storage',
    summary:
      "What the storages of the coordinator's journal are worth; answered as well while they keep the coordinator from going on. Empty where it keeps none.",
    input: z.object({}),
    output: z.object({ copies: z.array(JournalCopy) }),
    probe: {},
  }),
} as const

export type LearningPlane = Port<typeof learningRoutes>
