import { z } from 'zod'
import { route, type Port } from './route.ts'

type Features = Record<string, number | string>

const isFeature = (value: unknown): boolean => typeof value === 'string' || Number.isFinite(value)

/**
 * A record of numbers and texts that is read where it lies. A schema of zod for records copies them name by name, into objects
 * that all who read them afterwards are slow with: a service that does it for every event pays for it.
 */
const Features: z.ZodType<Features, Features> = z
  .any()
  .refine(
    (features) =>
      typeof features === 'object' &&
      features !== null &&
      !Array.isArray(features) &&
      Object.values(features).every(isFeature),
    'Invalid input: expected numbers and strings by name',
  )
  .meta({
    type: 'object',
    propertyNames: { type: 'string' },
    additionalProperties: { type: ['number', 'string'] },
  })

export const ThreatEvent = z.object({
  /** Idempotency id: the same id never repeats an action. */
  id: z.string().min(1).max(128),
  kind: z.enum(['dos', 'probe', 'r2l', 'u2r', 'normal']),
  source: z.string().max(64),
  destination: z.string().max(64),
  /** 0 to 10. */
  severity: z.number().min(0).max(10),
  /** 0 to 1. */
  confidence: z.number().min(0).max(1),
  /** Features of the connection record behind the signal. */
  features: Features,
})
export type ThreatEvent = z.infer<typeof ThreatEvent>

/** Terminal states are `completed`, `failed` (with a reason) and `dead-lettered`. */
export const EventState = z.object({
  id: z.string(),
  state: z.enum(['accepted', 'assessed', 'routed', 'completed', 'failed', 'dead-lettered']),
  riskLevel: z.enum(['low', 'medium', 'high', 'critical']).nullable(),
  reason: z.string().nullable(),
})
export type EventState = z.infer<typeof EventState>

/**
 * One link of the audit chain. `hash` is the hex SHA-256 of the UTF-8 bytes of
 * `previousHash + "\n" + sequence + "\n" + kind + "\n" + eventId + "\n" + detail`;
 * the first entry's `previousHash` is 64 zeros.
 */
export const AuditEntry = z.object({
  sequence: z.int().nonnegative(),
  kind: z
    .string()
    .describe(
      'What happened: `accepted`, then the terminal state, each once an event; further actions have names of their own.',
    ),
  eventId: z.string(),
  detail: z.string(),
  previousHash: z.string().length(64),
  hash: z.string().length(64),
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** What a routed alert looks like when it arrives at the suite's receiver: POST, JSON, header `Idempotency-Key`. */
export const RoutedAlert = z.object({
  eventId: z.string(),
  riskLevel: z.enum(['low', 'medium', 'high', 'critical']),
  risk: z.number(),
  kind: z.string(),
})
export type RoutedAlert = z.infer<typeof RoutedAlert>

/** Where something is posted to. */
export const WebUrl = z.url({ protocol: /^https?$/ })

export const eventsRoutes = {
  postEvent: route({
    method: 'post',
    path: '/v1/events',
    summary:
      'Takes in one event; 202 is said only for what is durable. A full queue answers 429 or 503 with Retry-After.',
    input: ThreatEvent,
    scope: 'events:post',
    output: z.object({
      id: z
        .string()
        .describe(
          'The event that stands for it: the posted id, or the id of the earlier event whose content it repeats.',
        ),
      duplicate: z.boolean().describe('Nothing new was set off: the id was known, or the content.'),
    }),
    status: 202,
    probe: {
      id: 'conformance-probe',
      kind: 'normal',
      source: '192.0.2.1',
      destination: '198.51.100.1',
      severity: 1,
      confidence: 0.9,
      features: {},
    },
  }),
  eventState: route({
    method: 'get',
    path: '/v1/events/{id}',
    summary: 'Where one event stands.',
    input: z.object({ id: z.string() }),
    output: EventState,
  }),
  eventStates: route({
    method: 'get',
    path: '/v1/event-states',
    summary: 'A page of event states in order of acceptance, and the next cursor; the last page has no events.',
    input: z.object({ after: z.coerce.number().int().nonnegative(), limit: z.coerce.number().int().min(1).max(5_000) }),
    output: z.object({ next: z.int().nonnegative(), events: z.array(EventState) }),
    probe: { after: 0, limit: 10 },
  }),
  setChannel: route({
    method: 'put',
    path: '/v1/event-channels/webhook',
    summary: 'Where routed alerts are posted from now on, by every replica.',
    input: z.object({ url: WebUrl }),
    scope: 'events:administer',
    output: z.object({ url: WebUrl }),
  }),
  auditTrail: route({
    method: 'get',
    path: '/v1/event-audit',
    summary: 'A page of the audit chain from a sequence number on; the last page has no entries.',
    input: z.object({ from: z.coerce.number().int().nonnegative(), limit: z.coerce.number().int().min(1).max(5_000) }),
    output: z.object({ entries: z.array(AuditEntry) }),
    probe: { from: 0, limit: 10 },
  }),
  eventDatabase: route({
    method: 'get',
    path: '/v1/event-database',
    summary: 'What the database counts of the tables of the service, since it has them.',
    input: z.object({}),
    scope: 'service:operate',
    output: z.object({
      deadlocks: z.int().nonnegative(),
      connections: z
        .int()
        .nonnegative()
        .optional()
        .describe('That the service has open now, all its processes together.'),
      statementTimeoutMs: z
        .int()
        .nonnegative()
        .optional()
        .describe('After so long it ends a statement of the service.'),
      tables: z.array(
        z.object({ name: z.string(), rows: z.int().nonnegative(), sequentialScans: z.int().nonnegative() }),
      ),
      /** Since its statistics began; a second old at most. Absent where the database does not time it. */
      journal: z
        .object({ syncs: z.int().nonnegative(), waitedMs: z.number().nonnegative() })
        .optional()
        .describe('How often its journal was brought to the disk, and for how long that was waited for.'),
      uncounted: z
        .array(z.string())
        .optional()
        .describe('What such a database does not count although it is asked for here, and why.'),
    }),
  }),
  eventStatements: route({
    method: 'get',
    path: '/v1/event-statements',
    summary: 'Every statement that the replica has used so far, as the database would execute it now for any values.',
    input: z.object({}),
    scope: 'service:operate',
    output: z.array(
      z.object({
        name: z.string(),
        text: z.string(),
        plan: z.string().describe("The database's own account, as JSON."),
        /** Tables that the plan reads from end to end, in their own order or in that of an index that it does not search. */
        scanned: z.array(z.string()),
      }),
    ),
  }),
  eventQueue: route({
    method: 'get',
    path: '/v1/event-queue',
    summary: 'Depth and capacity of the queue, and how long it knows a content.',
    input: z.object({}),
    output: z.object({
      depth: z.int().nonnegative(),
      capacity: z.int().positive(),
      dedupWindowS: z
        .number()
        .positive()
        .optional()
        .describe('So long equal content counts as a repetition, in seconds; absent: as promised.'),
    }),
    probe: {},
  }),
} as const

export type EventsPlane = Port<typeof eventsRoutes>
