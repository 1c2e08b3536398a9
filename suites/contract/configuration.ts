import { z } from 'zod'
import { sla } from '../../sla.config.ts'
import { route, type Port } from './route.ts'

const promised = sla.deployment.events
const replicas = sla.deployment.replicas.automation

const most = 1_000_000
const hourMs = 3_600_000
const dayS = 86_400

/** A whole number within bounds, a number within bounds, a switch: each with what an operator must know of it. */
const whole = (min: number, max: number, about: string) => z.int().min(min).max(max).describe(about)
const real = (min: number, max: number, about: string) => z.number().min(min).max(max).describe(about)
const toggle = (about: string) => z.boolean().describe(about)

/** Every setting of the threat-event service. What is shared counts over all its replicas. */
const shape = {
  'queue.capacity': whole(1, most, 'Accepted events that are not finished yet; one more is refused with 429 or 503.'),
  'dedup.windowS': real(0.001, dayS, 'So long equal content counts as a repetition, in seconds.'),
  'workflows.max': whole(
    replicas,
    most,
    'Events in work at the same time, from `routed` on; the next one waits in the queue as `accepted`.',
  ),
  'deliveries.workers': whole(replicas, 1_000, 'Alerts on their way at the same time; the next one waits.'),
  'deliveries.timeoutMs': whole(1, 60_000, 'How long a receiver may take to answer, in ms.'),
  'retries.max': whole(0, 20, 'Further tries of a delivery or an action that failed.'),
  'retries.backoffMs': whole(
    1,
    hourMs,
    'Pause before the first further try, in ms; each pause is twice the one before.',
  ),
  'risk.critical': real(0, 10, 'Least risk of the level `critical`, above that of `high`.'),
  'risk.high': real(0, 10, 'Least risk of the level `high`, above that of `medium`.'),
  'risk.medium': real(0, 10, 'Least risk of the level `medium`.'),
  'risk.confidenceMin': real(0, 1, 'A signal that is less sure than this stays below `high`.'),
  'notifications.escalationMin': real(
    0.001,
    10_080,
    'An incident that nobody has answered for so long is escalated, in minutes; until a policy says otherwise.',
  ),
  'remediation.enabled': toggle('Whether actions are taken in the mesh; until a policy says otherwise.'),
  'remediation.dryRun': toggle('Whether they are previewed only; until a policy says otherwise.'),
  'remediation.riskMin': real(0, 10, 'Least risk of an event that sets an action off.'),
  'remediation.concurrentMax': whole(1, 1_000, 'Actions that run at the same time; the next one waits.'),
  'model.samplesMin': whole(1, most, 'Records that a model must have been trained on to be published.'),
  'model.evaluationMin': real(0, 1, 'Share of the held-out records that it must tell rightly to be published.'),
  'model.publishAtUtc': z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day in UTC, such as 00:00')
    .describe('When a model that waits is published, as a time of day in UTC.'),
  'database.connections': whole(
    promised.databasePool.min,
    promised.databasePool.max,
    'Connections that the service opens to its database.',
  ),
  'database.queryTimeoutMs': whole(10, 600_000, 'The database ends a statement that takes longer, in ms.'),
  'cache.ttlS': real(
    0,
    dayS,
    'So long the state of an event is told from a copy, in seconds; a change drops the copy.',
  ),
  'requests.bodyBytes': whole(1_024, 16 * 2 ** 20, 'Largest body of a request; a larger one is refused with 413.'),
  'requests.headerBytes': whole(1_024, 2 ** 20, 'Largest head of a request; a larger one is refused with 431.'),
  'requests.intakePerS': whole(
    replicas,
    most,
    'Events that one caller may post in a second; more are refused with 429.',
  ),
  'requests.administrationPerS': whole(
    replicas,
    most,
    'All else that one caller may change in a second; more is refused with 429.',
  ),
  'logging.level': z
    .enum(['error', 'warning', 'info'])
    .describe('What is logged: `error` failures alone, `warning` also what was refused, `info` everything.'),
} as const

export const Settings = z.strictObject(shape)
export type Settings = z.infer<typeof Settings>
export type SettingKey = keyof Settings

export const settingKeys = Settings.keyof().options

/** In force where nobody has set another value. */
export const promisedSettings: Settings = {
  'queue.capacity': promised.queueCapacity,
  'dedup.windowS': promised.dedupWindowS,
  'workflows.max': promised.workflowsMax,
  'deliveries.workers': promised.workers,
  'deliveries.timeoutMs': promised.deliveryTimeoutMs,
  'retries.max': promised.retries,
  'retries.backoffMs': promised.retryBackoffMs,
  'risk.critical': promised.risk.critical,
  'risk.high': promised.risk.high,
  'risk.medium': promised.risk.medium,
  'risk.confidenceMin': promised.confidenceMin,
  'notifications.escalationMin': promised.escalationMin,
  'remediation.enabled': promised.remediation.enabled,
  'remediation.dryRun': promised.remediation.dryRun,
  'remediation.riskMin': promised.remediation.riskMin,
  'remediation.concurrentMax': promised.remediation.concurrentMax,
  'model.samplesMin': promised.model.samplesMin,
  'model.evaluationMin': promised.model.evaluationMin,
  'model.publishAtUtc': promised.model.publishAtUtc,
  'database.connections': promised.databasePool.min,
  'database.queryTimeoutMs': promised.queryTimeoutMs,
  'cache.ttlS': promised.cacheTtlS,
  'requests.bodyBytes': promised.requests.bodyBytesMax,
  'requests.headerBytes': promised.requests.headerBytesMax,
  'requests.intakePerS': promised.requests.intakePerS,
  'requests.administrationPerS': promised.requests.administrationPerS,
  'logging.level': promised.loggingLevel,
}

const TrialStart = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('started'),
    id: z.string(),
    metrics: z.array(z.url()).describe('Prometheus text, one per process.'),
    url: z.url().describe('Where it serves the planes of the threat-event service; the tokens of the target open it.'),
  }),
  z.object({
    state: z.literal('refused'),
    keys: z.array(z.string()).describe('Every setting that is wrong, or that no service has.'),
    reason: z.string(),
  }),
])

/**
 * Optional plane: the settings of the threat-event service, and services of their own that are started with others to see
 * what changes. Such a trial shares nothing with the service of the target but its build, its tokens, and the mesh if there is one.
 */
export const configurationRoutes = {
  settings: route({
    method: 'get',
    path: '/v1/configuration',
    summary: 'Every setting of the threat-event service of the target, with the value that is in force.',
    input: z.object({}),
    output: Settings,
    probe: {},
  }),
  startTrial: route({
    method: 'post',
    path: '/v1/configuration/trials',
    summary:
      'Starts a threat-event service of its own with these settings, the others as promised, as an operator would; a wrong one is refused at its start. It ends by itself when its lease does.',
    input: z.object({ settings: z.record(z.string(), z.unknown()), leaseMs: z.number().positive().max(300_000) }),
    scope: 'service:operate',
    output: TrialStart,
    status: 201,
    timeoutMs: 90_000,
  }),
  trialLog: route({
    method: 'get',
    path: '/v1/configuration/trials/{id}/log',
    summary: 'What the processes of a trial have logged so far, line by line.',
    input: z.object({ id: z.string() }),
    output: z.object({ lines: z.array(z.string()) }),
  }),
  endTrial: route({
    method: 'delete',
    path: '/v1/configuration/trials/{id}',
    summary: 'Ends a trial and removes what it has stored.',
    input: z.object({ id: z.string() }),
    scope: 'service:operate',
    output: z.object({}),
    timeoutMs: 30_000,
  }),
} as const

export type ConfigurationPlane = Port<typeof configurationRoutes>
