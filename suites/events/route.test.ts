import { sla } from '../../sla.config.ts'
import {
  startChannelReceivers,
  type ChannelReceivers,
  type NotificationArrival,
  type RespondToNotice,
} from '../contract/channel-receivers-target.ts'
import type { ThreatEvent } from '../contract/events.ts'
import type { Incident } from '../contract/incidents.ts'
import {
  channelNames,
  type ChannelName,
  type Notification,
  type NotificationPolicy,
} from '../contract/notifications.ts'
import { expectOk } from '../contract/outcome.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { quiesce, readChain } from './final-read.ts'
import { settledNotifications, underPolicy } from './notify.ts'
import { postPatiently } from './post.ts'
import { threatSignals } from './signals.ts'

type Routed = Scenario<'events' | 'incidents' | 'notifications'>

const { retries, retryBackoffMs, escalationMin, notifications: promised } = sla.deployment.events

/** The promised time is far too long to wait for: it is asked for, and a short one is observed. */
const escalation = { afterS: 1.5, channels: [...promised.escalation] }
const patienceMs = 8_000
/** Three replicas that begin on a busy machine have taken more than eight seconds to their first incident. */
const incidentWithinMs = 16_000
const pageSize = 1_000
/** An arrival is timed at its receiver, its due time in the target. */
const timerSlackMs = 20

const levels = ['low', 'medium', 'high', 'critical'] as const
const sample = {
  low: { kind: 'normal', severity: 1, confidence: 1 },
  medium: { kind: 'probe', severity: 5, confidence: 1 },
  high: { kind: 'dos', severity: 7, confidence: 1 },
  critical: { kind: 'u2r', severity: 10, confidence: 1 },
} as const satisfies Record<(typeof levels)[number], Partial<ThreatEvent>>

/** Told by their ids, which every message quotes: refused at first, refused for ever, answered by somebody. */
const names = { once: 'refused-once', always: 'refused-always', answered: 'answered' } as const
/** Half a Slack command and half a header of a mail. */
const hostile = '<!channel>&amp;\r\nBcc: everybody@meshcert.example'
const oneLine = (id: string) => id.replaceAll(/\p{Cc}+/gu, ' ')

const respond: RespondToNotice = ({ text, nth }) => ({
  isTaken: !text.includes(names.always) && !(text.includes(names.once) && nth === 1),
  delayMs: 0,
})

type Level = (typeof levels)[number]
type Sent = { readonly event: ThreatEvent; readonly postedAtMs: number }

async function postAll({ target, random, seed, scale }: Routed): Promise<readonly Sent[]> {
  const signal = threatSignals(random.stream('signals'))
  const ordinary = Array.from({ length: scale }, (_, index) =>
    levels.map((level) => [level, `${level}/${index}`]),
  ).flat()
  const special = [...Object.values(names), hostile].map((name) => ['critical', name])
  const sent: Sent[] = []
  for (const [level, name] of [...ordinary, ...special]) {
    const own = levels.find((one) => one === level) ?? 'low'
    const event = { ...signal(), ...sample[own], id: `${seed}/${name}` }
    const postedAtMs = target.clock.nowMs()
    await postPatiently(target, event)
    sent.push({ event, postedAtMs })
  }
  return sent
}

/** Somebody takes up the incident of the event that is to be answered. */
async function answer({ target }: Routed, eventId: string): Promise<void> {
  const { clock, incidents } = target
  const deadlineMs = clock.nowMs() + incidentWithinMs
  for (let after = 0; clock.nowMs() < deadlineMs;) {
    const page = expectOk('incidents', await incidents.incidents({ after, limit: pageSize }))
    const found: Incident | undefined = page.incidents.find((incident) => incident.eventId === eventId)
    if (found !== undefined) {
      const move = { id: found.id, to: 'investigating', by: 'suite', note: 'on it' } as const
      expectOk('moveIncident', await incidents.moveIncident(move))
      return
    }
    if (page.incidents.length === 0) await clock.sleep(20)
    else after = page.next
  }
  throw new Error(`No incident of ${eventId} within ${incidentWithinMs} ms: a critical event must open one.`)
}

/** Only an attack opens an incident, and only what has one can wait for an answer. */
const isUnanswered = (id: string, level: Level | undefined): boolean =>
  (level === 'high' || level === 'critical') && !id.endsWith(names.answered)

const sorted = (channels: readonly ChannelName[]) => channelNames.filter((name) => channels.includes(name)).join(', ')

/** Channels by level and the time to escalation are what is promised, as long as nobody has set others. */
function checkPromised({ observe }: Routed, { routes, escalation: told }: NotificationPolicy): void {
  for (const level of levels) {
    const seen = `${level} is told to ${sorted(routes[level])}`
    observe.check('routes by level are those promised', sorted(routes[level]) === sorted(promised[level]), seen)
  }
  const isPromised = told.afterS === escalationMin * 60 && sorted(told.channels) === sorted(promised.escalation)
  const seen = `after ${told.afterS} s to ${sorted(told.channels)}`
  observe.check('escalation is the one promised', isPromised, seen, { noise: false })
}

type Told = { readonly sent: Sent; readonly told: readonly Notification[]; readonly level: Level }

/** Who was told of one event: the channels of its level, and those of the escalation if nobody answered. */
function checkRouting({ observe }: Routed, { sent: { event }, told, level }: Told): void {
  const channelsOf = (isEscalation: boolean) =>
    sorted(told.filter((one) => one.isEscalation === isEscalation).map(({ channel }) => channel))
  const seen = `${level}, ${event.id}: ${channelsOf(false)}`
  observe.check('an event is told to the channels of its level', channelsOf(false) === sorted(promised[level]), seen)
  const isEscalated = isUnanswered(event.id, level)
  const expected = isEscalated ? sorted(escalation.channels) : ''
  const name = isEscalated ? 'what nobody answers is escalated' : 'nothing else is escalated'
  observe.check(name, channelsOf(true) === expected, `${level}, ${event.id}: to ${channelsOf(true) || 'nobody'}`)
  const unique = new Set(told.map(({ channel, isEscalation }) => `${channel} ${isEscalation}`)).size
  observe.check('the database holds each notification once', unique === told.length, `${event.id}: ${told.length}`)
}

/** What arrived with the key of one notification, against what the target says of it. */
function checkArrivals(
  { observe }: Routed,
  sent: Sent,
  one: Notification,
  arrived: readonly NotificationArrival[],
): void {
  const { event, postedAtMs } = sent
  const what = `${event.id} by ${one.channel}`
  const isRefused = event.id.endsWith(names.always)
  const expected = isRefused ? retries + 1 : event.id.endsWith(names.once) ? 2 : 1
  const tries = `${what}: ${arrived.length} of ${expected}`
  observe.check('each try arrives with the same key, and no other does', arrived.length === expected, tries)
  const astray = arrived.find(({ channel, text }) => channel !== one.channel || !text.includes(oneLine(event.id)))
  observe.check('a message tells of its event', astray === undefined, `${what}: ${astray?.text}`, { noise: false })
  const end = isRefused ? 'dead-lettered' : 'delivered'
  const seen = `${what}: ${one.state} after ${one.attempts} attempts, ${one.reason}`
  const isTold = one.state === end && one.attempts === expected && (!isRefused || (one.reason ?? '') !== '')
  observe.check(`${end} after as many attempts as were made`, isTold, seen)
  for (const [index, { atMs }] of arrived.slice(1).entries()) {
    const gapMs = atMs - (arrived[index]?.atMs ?? atMs)
    const leastMs = retryBackoffMs * 2 ** index
    const waited = `${what}: try ${index + 2} came after ${gapMs.toFixed(0)} ms, promised are ${leastMs}`
    observe.check('each wait doubles the one before', gapMs >= leastMs - timerSlackMs, waited)
  }
  const afterMs = (arrived[0]?.atMs ?? Number.POSITIVE_INFINITY) - postedAtMs
  if (one.isEscalation) {
    const early = `${what} after ${afterMs.toFixed(0)} ms`
    observe.check('nothing is escalated early', afterMs >= escalation.afterS * 1_000, early)
  }
}

async function checkAudit({ target, observe }: Routed, all: readonly Told[]): Promise<void> {
  const entries = Map.groupBy(await readChain(target.events), ({ eventId }) => eventId)
  for (const { sent, told } of all) {
    const count = (kind: string) => (entries.get(sent.event.id) ?? []).filter((entry) => entry.kind === kind).length
    const ends = { notified: 'delivered', 'notification-dead-lettered': 'dead-lettered' } as const
    for (const [kind, state] of Object.entries(ends)) {
      const expected = told.filter((one) => one.state === state).length
      const seen = `${sent.event.id}: ${count(kind)} entries ${kind}, ${expected} ${state}`
      observe.check('the audit trail tells each end once', count(kind) === expected, seen)
    }
    const escalated = told.some(({ isEscalation }) => isEscalation) ? 1 : 0
    const seen = `${sent.event.id}: ${count('escalated')} entries`
    observe.check('the audit trail tells of an escalation once', count('escalated') === escalated, seen)
  }
}

/** The level of each event, as the target has assessed it. */
async function levelsOf({ target, observe }: Routed, sent: readonly Sent[]): Promise<ReadonlyMap<string, Level>> {
  const found = new Map<string, Level>()
  for (const { event } of sent) {
    const { id, riskLevel } = expectOk('eventState', await target.events.eventState({ id: event.id }))
    observe.check('an event to be routed has a level', riskLevel !== null, `${id} has none`)
    found.set(id, riskLevel ?? 'low')
  }
  return found
}

async function observeRouting(scenario: Routed, receivers: ChannelReceivers): Promise<void> {
  const { target, observe, seed, log } = scenario
  const sent = await postAll(scenario)
  await answer(scenario, `${seed}/${names.answered}`)
  await quiesce(target.events, target.clock)
  const levelOf = await levelsOf(scenario, sent)
  const unanswered = [...levelOf].filter(([id, level]) => isUnanswered(id, level))
  const wait = {
    isThere: (told: ReadonlyMap<string, readonly Notification[]>) =>
      unanswered.every(([id]) => told.get(id)?.some(({ isEscalation }) => isEscalation)),
    patienceMs,
  }
  const told = await settledNotifications(scenario, [...levelOf.keys()], wait)
  const all = sent.map((one): Told => {
    const { id } = one.event
    return { sent: one, told: told.get(id) ?? [], level: levelOf.get(id) ?? 'low' }
  })
  const reached = levels.filter((level) => all.some((one) => one.level === level))
  observe.check('every level was routed', reached.length === levels.length, reached.join(', '))
  const arrivals = Map.groupBy(receivers.arrivals(), ({ key }) => key)
  const known = new Set<string>()
  for (const one of all) {
    checkRouting(scenario, one)
    for (const notification of one.told) {
      const key = notification.channel === 'email' ? mailKey(arrivals, notification.key) : notification.key
      known.add(key)
      checkArrivals(scenario, one.sent, notification, arrivals.get(key) ?? [])
    }
  }
  const unknown = [...arrivals].find(([key]) => !known.has(key))?.[1][0]
  observe.check(
    'nothing arrives that the target does not know',
    unknown === undefined,
    `${unknown?.channel}: ${unknown?.key}`,
  )
  const [malformed] = receivers.malformed()
  observe.check('each channel gets its own shape', malformed === undefined, malformed ?? '', { noise: false })
  await checkAudit(scenario, all)
  log(`${sent.length} events, ${receivers.arrivals().length} arrivals`)
}

/** A Message-ID is the key within angle brackets, before the sender's domain. */
const mailKey = (arrivals: ReadonlyMap<string, unknown>, key: string): string =>
  [...arrivals.keys()].find((messageId) => messageId.startsWith(`<${key}@`)) ?? key

requirement('EVT-ROUTE', ['events', 'incidents', 'notifications'], async (scenario) => {
  const receivers = await startChannelReceivers(respond)
  const { addresses } = receivers
  try {
    const policy = (before: NotificationPolicy) => ({ ...before, escalation })
    await underPolicy(scenario, { policy, addresses }, async (before) => {
      checkPromised(scenario, before)
      await observeRouting(scenario, receivers)
    })
  } finally {
    await receivers.close()
  }
})
