import { eventsRoutes } from '../contract/events.ts'
import { incidentsRoutes } from '../contract/incidents.ts'
import { modelRoutes } from '../contract/model.ts'
import { notificationsRoutes, type NotificationPolicy } from '../contract/notifications.ts'
import { expectOk, type Outcome } from '../contract/outcome.ts'
import { remediationRoutes } from '../contract/remediation.ts'
import type { Routes } from '../contract/route.ts'
import type { TargetWith, Scenario } from '../requirement.ts'
import { threatSignals } from './signals.ts'

type Planes = 'events' | 'incidents' | 'notifications' | 'remediation' | 'model' | 'control'
export type Secured = Scenario<Planes>
type Asked = TargetWith<Planes>
type Ask = (target: Asked) => Promise<Outcome<unknown>>

const tables: readonly Routes[] = [eventsRoutes, incidentsRoutes, notificationsRoutes, remediationRoutes, modelRoutes]
const mutating = tables.flatMap((table) =>
  Object.entries(table).flatMap(([verb, { method }]) => (method === 'get' ? [] : [verb])),
)

/**
 * Every mutating verb of the service with a valid input. Where it is let in, policies stay as they were, without addresses;
 * what else it leaves behind nobody else asks for: an event, a channel without a listener, a training set, a training.
 */
async function asksOf({ target, random, seed }: Secured, who: string): Promise<ReadonlyMap<string, Ask>> {
  const { notifications, remediation } = target
  const { addressed: _, ...policy }: NotificationPolicy & { addressed: unknown } = expectOk(
    'notificationPolicy',
    await notifications.notificationPolicy({}),
  )
  const actions = expectOk('remediationPolicy', await remediation.remediationPolicy({}))
  const event = { ...threatSignals(random.stream(`of ${who}`))(), id: `${seed}/${who}` }
  const asks: Readonly<Record<string, Ask>> = {
    postEvent: (as) => as.events.postEvent(event),
    setChannel: (as) => as.events.setChannel({ url: 'http://127.0.0.1:9/nobody' }),
    moveIncident: (as) => as.incidents.moveIncident({ id: 'none', to: 'investigating', by: 'suite', note: '' }),
    setNotificationPolicy: (as) => as.notifications.setNotificationPolicy({ ...policy, addresses: {} }),
    setRemediationPolicy: (as) => as.remediation.setRemediationPolicy(actions),
    rollBack: (as) => as.remediation.rollBack({ id: 'none' }),
    inferConnections: (as) => as.model.inferConnections({ connections: [event.features] }),
    addTrainingRecords: (as) => as.model.addTrainingRecords({ name: 'of-strangers', records: [event] }),
    trainModel: (as) => as.model.trainModel({ trainingSet: 'of-nobody' }),
    setModelClock: (as) => as.model.setModelClock({ nowMs: null }),
  }
  const missing = mutating.filter((verb) => !(verb in asks))
  if (missing.length > 0) throw new Error(`${missing.join(', ')}: say here what is asked of each mutating route.`)
  return new Map(Object.entries(asks))
}

/** The same token with one letter of its signature, or of its end, replaced. */
function damaged(token: string): string {
  const at = token.length - 8
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
}

/** Nobody who got no answer was let in or refused: that may be a machine that was too slow. */
const isUnanswered = (outcome: Outcome<unknown>): boolean => !outcome.ok && outcome.status === undefined

const seenOf = (verb: string, outcome: Outcome<unknown>): string =>
  `${verb}: ${outcome.ok ? 'it was let in' : `answered ${outcome.status ?? 'nothing'}`}`

/** Each mutating route is asked without a token and with each kind of wrong one, then with right ones. */
export async function observeTokens(scenario: Secured): Promise<void> {
  const { target, observe, seed } = scenario
  const { wire } = target
  const tokens = wire?.tokens ?? null
  const seen = 'the target file gives none: its mutating routes are open to everybody'
  observe.check('mutating routes ask for a token', tokens !== null, seen, { noise: false })
  if (wire === undefined || tokens === null) return
  // Another token makes no plane disappear.
  const as = (token: string | null) => wire.as(token) as Asked
  const wrong = [
    { name: 'no token', who: 'nobody', token: null },
    { name: 'a damaged token', who: 'forger', token: damaged(tokens.full) },
    { name: 'an expired token', who: 'latecomer', token: tokens.expired },
    { name: 'a token of another scope', who: 'reader', token: tokens.reader },
  ]
  for (const { name, who, token } of wrong) {
    for (const [verb, ask] of await asksOf(scenario, who)) {
      const outcome = await ask(as(token))
      const isRefused = !outcome.ok && (outcome.status === 401 || outcome.status === 403)
      const about = { noise: isUnanswered(outcome) }
      observe.check(`${name} is refused`, isRefused, seenOf(verb, outcome), about)
    }
    const state = await target.events.eventState({ id: `${seed}/${who}` })
    observe.check('what is refused is not taken in', !state.ok && state.definite, `the event of ${who} is known`)
  }
  await observeRight(scenario, as)
}

/** A sender's token opens the intake alone; the full one opens all. */
async function observeRight(scenario: Secured, as: (token: string | null) => Asked): Promise<void> {
  const { target, observe } = scenario
  const tokens = target.wire?.tokens
  if (!tokens) return
  for (const [verb, ask] of await asksOf(scenario, 'sender')) {
    const outcome = await ask(as(tokens.sender))
    if (verb === 'postEvent') observe.check("a sender's token opens the intake", outcome.ok, seenOf(verb, outcome))
    else {
      const isRefused = !outcome.ok && outcome.status === 403
      const about = { noise: isUnanswered(outcome) }
      observe.check('a token of another scope is refused', isRefused, seenOf(verb, outcome), about)
    }
  }
  for (const [verb, ask] of await asksOf(scenario, 'operator')) {
    const outcome = await ask(as(tokens.full))
    // What is asked of nobody's incident, action or model is answered with 404 by the route itself.
    const isLetIn = outcome.ok || outcome.status === 404
    observe.check('the full token opens every route', isLetIn, seenOf(verb, outcome))
  }
}
