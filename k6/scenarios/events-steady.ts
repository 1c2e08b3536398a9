/**
 * EVT-STEADY: real connection records as threat events at a constant arrival rate; latency from the
 * scheduled send of the request to the arrival of the routed alert at our own receiver.
 */
import http from 'k6/http'
import { alertUrl, awaitAlert, nowMs, overdueAlerts } from 'k6/x/meshcert'
import { fieldsOf, seen } from '../answer.ts'
import { eventOf } from '../connections.ts'
import { environment, loadOfRun, optionsOf } from '../environment.ts'
import { arrival, beginMeter, check, endMeter, fact, failure, finish, sample } from '../recording.ts'
import type { Meter } from '../recording.ts'
import { writeSummary } from '../summary.ts'

const load = loadOfRun('events-steady')

export const options = optionsOf(load, 1)

const lostAfterMs = 5_000

const json = { 'Content-Type': 'application/json' }

export function setup(): Meter {
  const channel = http.put(
    `${environment.targetUrl()}/v1/event-channels/webhook`,
    JSON.stringify({ url: alertUrl() }),
    {
      headers: json,
    },
  )
  if (channel.status !== 200) {
    throw new Error(`The alert channel could not be set: ${channel.status} ${channel.error} ${String(channel.body)}`)
  }
  return beginMeter()
}

export default function (): void {
  const { index, scheduledAtMs } = arrival(load)
  const event = eventOf(environment.runKey(), index)
  const remainingMs = () => Math.max(1, scheduledAtMs + load.patienceMs - nowMs())
  const answer = http.post(`${environment.targetUrl()}/v1/events`, JSON.stringify(event), {
    headers: json,
    timeout: remainingMs(),
  })
  const accepted = answer.status === 202
  fact('event-acknowledged', nowMs() - scheduledAtMs)
  check('event is accepted', accepted, () => `${event.id}: ${seen(answer)}`)
  const refused = !accepted && failure(answer.status, answer.headers['Retry-After'] !== undefined)
  if (accepted) {
    const duplicate = fieldsOf(answer)['duplicate'] === true
    check('event is no duplicate', !duplicate, () => `${event.id} was taken for a duplicate`)
  }
  // An answer that did not come may have been an acceptance: its alert would prove it, and is waited for all the same.
  const alertAtMs = refused ? null : awaitAlert(event.id, remainingMs())
  sample(load, alertAtMs === null ? null : alertAtMs - scheduledAtMs)
  finish()
}

/** A late alert is a late sample; whether one was lost is seen when the target has had time to finish. */
export function teardown(meter: Meter): void {
  endMeter(meter)
  const lost = overdueAlerts(lostAfterMs)
  check(
    'every alert arrives',
    lost.length === 0,
    () => `${lost.length} lost, among them ${lost.slice(0, 3).join(', ')}`,
  )
}

export const handleSummary = writeSummary
