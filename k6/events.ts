/**
 * Threat events under load: one arrival is one request, and its latency runs from the scheduled send
 * to the arrival of the routed alert at our own receiver. Scenarios are this with a shape.
 */
import { sleep } from 'k6'
import http from 'k6/http'
import { alertUrl, awaitAlert, nowMs, overdueAlerts } from 'k6/x/meshcert'
import type { LoadShapeName } from '../sla.config.ts'
import { fieldsOf, seen } from './answer.ts'
import { eventOf } from './connections.ts'
import { environment } from './environment.ts'
import { loadOfRun, optionsOf } from './load-of-run.ts'
import {
  arrival,
  awaitStart,
  beginMeter,
  check,
  endMeter,
  fact,
  failure,
  finish,
  sample,
  settled,
} from './recording.ts'
import type { Meter } from './recording.ts'
import type { Load } from './schedule.ts'

type Manner = {
  /** Requests that fail are counted against a budget and break no check; those that are lost afterwards always do. */
  readonly mayFail: boolean
  /** Requests of one event at most: the second has the same id, and follows an answer that did not come or was an error. */
  readonly tries: 1 | 2
}

function setChannel(): Meter {
  const channel = http.put(
    `${environment.targetUrl()}/v1/event-channels/webhook`,
    JSON.stringify({ url: alertUrl() }),
    { headers: environment.jsonHeaders() },
  )
  if (channel.status !== 200) {
    throw new Error(`The alert channel could not be set: ${channel.status} ${channel.error} ${String(channel.body)}`)
  }
  awaitStart()
  return beginMeter()
}

type Event = ReturnType<typeof eventOf>
/** `open`: the answer did not come, or says that nobody knows; it may have been an acceptance. */
type Fate = 'accepted' | 'refused' | 'open'

/** Posts once; what the generator itself saw of the request counts from its actual send, for comparison. */
function post(event: Event, nth: 1 | 2, timeoutMs: number): { readonly fate: Fate; readonly said: string } {
  const answer = http.post(`${environment.targetUrl()}/v1/events`, JSON.stringify(event), {
    headers: environment.jsonHeaders(),
    timeout: timeoutMs,
  })
  if (answer.status !== 202) {
    const definite = failure(answer.status, { retryAfter: answer.headers['Retry-After'] !== undefined, nth })
    return { fate: definite ? 'refused' : 'open', said: seen(answer) }
  }
  const { id, duplicate } = fieldsOf(answer)
  // Asked for once more, an event may be known already, by its own name.
  const own = id === event.id && (nth > 1 || duplicate !== true)
  check('event is no duplicate', own, () => `${event.id} was taken for a duplicate of ${String(id)}`)
  return { fate: 'accepted', said: '' }
}

function arrive(load: Load, { mayFail, tries }: Manner): void {
  const { index, scheduledAtMs } = arrival(load)
  const event = eventOf(environment.runKey(), index)
  const remainingMs = () => Math.max(1, scheduledAtMs + load.patienceMs - nowMs())
  const sentAtMs = nowMs()
  let { fate, said } = post(event, 1, remainingMs())
  fact('event-acknowledged', nowMs() - scheduledAtMs)
  if (fate !== 'accepted' && tries > 1) {
    sleep(load.retryAfterMs / 1_000)
    ;({ fate, said } = post(event, 2, remainingMs()))
  }
  const accepted = fate === 'accepted'
  if (accepted) fact('event-accepted', nowMs() - scheduledAtMs)
  if (!mayFail) check('event is accepted', accepted, () => `${event.id}: ${said}`)
  // Where nothing may fail, an acceptance that was not heard of is proven by its alert, and waited for all the same.
  const awaited = accepted || (fate === 'open' && !mayFail)
  const alertAtMs = awaited ? awaitAlert(event.id, remainingMs()) : null
  sample(load, alertAtMs === null ? null : alertAtMs - scheduledAtMs)
  // What a generator would say that counts from its own sends: it leaves out the time in which it could not send.
  if (alertAtMs !== null) fact('event-sent-to-alert', alertAtMs - sentAtMs)
  finish()
}

/** So long without one of the missing alerts means that nobody delivers them any more: lease, retries and back-off are over by then. */
const stalledMs = 5_000
const lookEveryMs = 250

/** Waits for the alerts that were awaited in vain, as long as they come; ids of those that never came. */
function missingAlerts(patienceMs: number): readonly string[] {
  const startedAtMs = nowMs()
  let changedAtMs = startedAtMs
  let missing = overdueAlerts(lookEveryMs)
  while (missing.length > 0 && nowMs() - startedAtMs < patienceMs && nowMs() - changedAtMs < stalledMs) {
    const before = missing.length
    missing = overdueAlerts(lookEveryMs)
    if (missing.length !== before) changedAtMs = nowMs()
  }
  return missing
}

/** A late alert is a late sample; whether one was lost is seen when the target has had time to finish. */
function settle(load: Load, meter: Meter): void {
  endMeter(meter)
  const missing = missingAlerts(load.settleMs)
  settled(missing.length)
  check(
    'every alert arrives',
    missing.length === 0,
    () => `${missing.length} lost, among them ${missing.slice(0, 3).join(', ')}`,
  )
}

/** The parts of a scenario's script. */
export function eventScenario(shape: LoadShapeName, manner: Manner) {
  const load = loadOfRun(shape)
  return {
    options: optionsOf(load, 1),
    setup: setChannel,
    arrive: () => arrive(load, manner),
    teardown: (meter: Meter) => settle(load, meter),
  }
}
