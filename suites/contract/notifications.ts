import { z } from 'zod'
import { WebUrl } from './events.ts'
import { route, type Port } from './route.ts'

/** Ways to reach people. What arrives there has the shape that each of them has in the world: the schemas below. */
export const channelNames = ['slack', 'pagerduty', 'email', 'sms'] as const
export type ChannelName = (typeof channelNames)[number]

const PhoneNumber = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, 'a telephone number in the form of E.164, such as +4930123456')

/** Where each channel is reached and as whom. A channel without an address is not used. */
export const ChannelAddresses = z.object({
  /** An incoming webhook. */
  slack: z.object({ url: WebUrl }).optional(),
  /** Events API v2: `url` ends with /v2/enqueue. */
  pagerduty: z.object({ url: WebUrl, routingKey: z.string().length(32) }).optional(),
  /** `server` is smtp://[user:password@]host[:port], or smtps:// for TLS from the first byte; smtp:// to another host must offer STARTTLS. */
  email: z.object({ server: z.url({ protocol: /^smtps?$/ }), from: z.email(), to: z.email() }).optional(),
  /** An HTTP gateway that speaks as Twilio's does: `url` ends with /Messages.json, account and token are the basic authentication. */
  sms: z.object({ url: WebUrl, account: z.string(), token: z.string(), from: PhoneNumber, to: PhoneNumber }).optional(),
})
export type ChannelAddresses = z.infer<typeof ChannelAddresses>

const channels = z.array(z.enum(channelNames))

/** Who hears of what. It holds for events that are routed from then on. */
export const NotificationPolicy = z.object({
  /** Channels that hear of an event of each level. */
  routes: z.object({ low: channels, medium: channels, high: channels, critical: channels }),
  /** An incident that is still `detected` after so long is told to these channels as well, once. */
  escalation: z.object({ afterS: z.number().positive().max(604_800), channels }),
})
export type NotificationPolicy = z.infer<typeof NotificationPolicy>

export const Notification = z.object({
  channel: z.enum(channelNames),
  isEscalation: z.boolean(),
  state: z.enum(['pending', 'delivered', 'dead-lettered']),
  /** Failed ones included. */
  attempts: z.int().nonnegative(),
  /** The idempotency key that every attempt carries. */
  key: z.string().min(1).max(128),
  /** Why the last failed attempt failed. */
  reason: z.string().nullable(),
})
export type Notification = z.infer<typeof Notification>

/** Incoming webhook: JSON with Block Kit blocks, header `Idempotency-Key`. */
export const SlackMessage = z.strictObject({
  text: z.string().min(1).max(4_000),
  blocks: z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({
          type: z.literal('header'),
          text: z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(150) }),
        }),
        z.strictObject({
          type: z.literal('section'),
          fields: z
            .array(z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(2_000) }))
            .min(1)
            .max(10),
        }),
      ]),
    )
    .max(50),
})
export type SlackMessage = z.infer<typeof SlackMessage>

/** PagerDuty Events API v2, POST /v2/enqueue; `dedup_key` is the idempotency key. */
export const PagerDutyEvent = z.strictObject({
  routing_key: z.string().length(32),
  event_action: z.literal('trigger'),
  dedup_key: z.string().min(1).max(255),
  payload: z.strictObject({
    summary: z.string().min(1).max(1_024),
    source: z.string().min(1),
    severity: z.enum(['critical', 'error', 'warning', 'info']),
    component: z.string().optional(),
    class: z.string().optional(),
    custom_details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  }),
})
export type PagerDutyEvent = z.infer<typeof PagerDutyEvent>

/** Form fields of an SMS, one segment long; header `Idempotency-Key`. */
export const SmsMessage = z.strictObject({ To: PhoneNumber, From: PhoneNumber, Body: z.string().min(1).max(160) })
export type SmsMessage = z.infer<typeof SmsMessage>

export const notificationsRoutes = {
  notificationPolicy: route({
    method: 'get',
    path: '/v1/notification-policy',
    summary:
      'Who hears of what, and which channels have an address; addresses and what they hold of secrets are not told.',
    input: z.object({}),
    output: NotificationPolicy.extend({ addressed: channels }),
    probe: {},
  }),
  setNotificationPolicy: route({
    method: 'put',
    path: '/v1/notification-policy',
    summary: 'Sets policy and addresses, both as a whole, for events that are routed from now on, by every replica.',
    input: NotificationPolicy.extend({ addresses: ChannelAddresses }),
    scope: 'events:administer',
    output: NotificationPolicy.extend({ addressed: channels }),
  }),
  notifications: route({
    method: 'get',
    path: '/v1/notifications/{eventId}',
    summary:
      'What the channels were told of one event, escalations included. In the audit trail a delivery is `notified`, a dead letter `notification-dead-lettered` and an escalation `escalated`, each once.',
    input: z.object({ eventId: z.string() }),
    output: z.array(Notification),
  }),
} as const

export type NotificationsPlane = Port<typeof notificationsRoutes>
