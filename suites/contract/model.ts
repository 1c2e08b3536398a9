import { z } from 'zod'
import { ThreatEvent } from './events.ts'
import { route, type Port } from './route.ts'

const { kind, features } = ThreatEvent.shape

/** A connection record whose family somebody has established. */
export const LabelledConnection = z.object({ kind, features })
export type LabelledConnection = z.infer<typeof LabelledConnection>

/** The family that a model takes a connection for, and how sure it is, 0 to 1. */
export const Inference = z.object({ kind, probability: z.number().min(0).max(1) })
export type Inference = z.infer<typeof Inference>

const version = z.int().positive().describe('Of a model; a later one is greater.')
/** So far from 1970 a Date reaches, either way: ECMA-262, time values. */
const farthestMs = 8.64e15
const instantMs = z.number().describe("Milliseconds since 1970, UTC, on the model's clock.")

export const PublishedModel = z.object({
  version,
  samples: z.int().nonnegative().describe('Records that it was trained on, without those held out.'),
  heldOut: z.int().nonnegative(),
  /** Share of the held-out records whose family it told rightly. */
  evaluation: z.number().min(0).max(1),
  publishedAtMs: instantMs,
})
export type PublishedModel = z.infer<typeof PublishedModel>

export const Training = z.object({
  version,
  trainingSet: z.string().nullable(),
  /** `waiting` for the instant of publication; `superseded` by a later one that waited with it; `refused` is never published. */
  state: z.enum(['asked', 'waiting', 'published', 'superseded', 'refused']),
  samples: z.int().nonnegative().nullable(),
  evaluation: z.number().min(0).max(1).nullable(),
  /** Why it was refused. */
  reason: z.string().nullable(),
})
export type Training = z.infer<typeof Training>

/** Records of one request: so many stay far below what a body may hold. */
export const recordsAtOnce = 50

/**
 * The model that tells the family of a connection from its features. Every event is put to the published one on its way. A
 * training that has enough samples and is good enough on the records held out waits for 00:00 UTC on the model's clock and
 * is published then; whatever else happens, the one before stays. The first model of a service that has none is published at once.
 */
export const modelRoutes = {
  publishedModel: route({
    method: 'get',
    path: '/v1/model',
    summary: 'The model that is published now; 404 as long as there is none.',
    input: z.object({}),
    output: PublishedModel,
  }),
  inferConnections: route({
    method: 'post',
    path: '/v1/model/inferences',
    summary: 'What the published model takes connections for; changes nothing. 404 as long as there is none.',
    input: z.object({ connections: z.array(features).min(1).max(recordsAtOnce) }),
    scope: 'model:infer',
    output: z.object({
      version,
      inferences: z.array(Inference.nullable()).describe('In order; null for features that the model does not know.'),
    }),
  }),
  eventInference: route({
    method: 'get',
    path: '/v1/events/{eventId}/inference',
    summary: 'What the model took an event for on its way, and which one did; 404 where none did.',
    input: z.object({ eventId: z.string() }),
    output: Inference.extend({ version }),
  }),
  addTrainingRecords: route({
    method: 'post',
    path: '/v1/model/training-sets/{name}/records',
    summary: 'Adds records to a training set, which begins with its first; answers how many it has.',
    input: z.object({
      name: z.string().regex(/^[\w-]{1,64}$/),
      records: z.array(LabelledConnection).min(1).max(recordsAtOnce),
    }),
    scope: 'model:administer',
    output: z.object({ records: z.int().positive() }),
  }),
  trainModel: route({
    method: 'post',
    path: '/v1/model/trainings',
    summary: "Asks for a training on a set, or on the service's own records with null.",
    input: z.object({ trainingSet: z.string().max(64).nullable() }),
    scope: 'model:administer',
    output: Training,
    status: 202,
  }),
  trainings: route({
    method: 'get',
    path: '/v1/model/trainings',
    summary: 'The last hundred trainings, latest first.',
    input: z.object({}),
    output: z.array(Training),
    probe: {},
  }),
  modelClock: route({
    method: 'get',
    path: '/v1/model/clock',
    summary: "What the model's clock says: UTC unless it was set.",
    input: z.object({}),
    output: z.object({ nowMs: instantMs }),
    probe: {},
  }),
  setModelClock: route({
    method: 'put',
    path: '/v1/model/clock',
    summary: "Sets the model's clock, for a rehearsal of midnight; it runs on from there. Null: UTC again.",
    input: z.object({ nowMs: instantMs.min(-farthestMs).max(farthestMs).nullable() }),
    scope: 'model:administer',
    output: z.object({ nowMs: instantMs }),
  }),
} as const

export type ModelPlane = Port<typeof modelRoutes>
