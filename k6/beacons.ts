/** Signed beacon batches of a peer: how one is made, posted, and what is believed of the answer. */
import http from 'k6/http'
import type { Response } from 'k6/http'
import { nowMs } from 'k6/x/meshcert'
import type { BeaconBatch } from '../suites/contract/mesh.ts'
import { fieldsOf, numberOf, seen } from './answer.ts'
import { environment } from './environment.ts'
import type { SignedBatch } from './peer.ts'
import { check, fact, failure } from './recording.ts'
import type { Load } from './schedule.ts'

/** Both instants are taken on one clock, and rounded by nobody; what is left is the cost of reading it. */
export const clockSlackMs = 0.01

let nextSequence = 0
let nextEpoch = 0

/** The next batch of this user's peer: sequences never repeat, for a repeated beacon is not used. */
export function nextBatch(load: Load, peerId: string, scheduledAtMs: number): BeaconBatch {
  const beacons = Array.from({ length: load.batch }, () => {
    nextSequence += 1
    return { sequence: nextSequence, scheduledAtMs, payload: `beacon ${nextSequence}` }
  })
  nextEpoch += 1
  return { peerId, epoch: nextEpoch, beacons }
}

export type Posted = {
  readonly answer: Response
  readonly scheduledAtMs: number
  readonly sentAtMs: number
  readonly answeredAtMs: number
}

export function post(load: Load, batch: SignedBatch, scheduledAtMs: number): Posted {
  const sentAtMs = nowMs()
  const answer = http.post(`${environment.targetUrl()}/v1/mesh/peers/${batch.peerId}/beacons`, JSON.stringify(batch), {
    headers: { 'Content-Type': 'application/json' },
    timeout: load.patienceMs,
  })
  return { answer, scheduledAtMs, sentAtMs, answeredAtMs: nowMs() }
}

/** Whether the target said anything; refused connections and time-outs end with status 0. */
export const isAnswered = ({ answer }: Posted): boolean => answer.status !== 0

/**
 * What an answer says of a batch that was used; null where it was not. Silence fails nothing here: a
 * scenario whose latency is judged counts it as a sample over the limit, any other must check for it.
 */
export function observeUse(
  load: Load,
  posted: Posted,
): { readonly verifyMs: number; readonly usedAtMs: number } | null {
  const { answer, scheduledAtMs, sentAtMs, answeredAtMs } = posted
  const accepted = answer.status === 200
  if (isAnswered(posted)) check('signed batch is used', accepted, () => seen(answer))
  if (!accepted) {
    failure(answer.status, { retryAfter: answer.headers['Retry-After'] !== undefined })
    return null
  }
  const fields = fieldsOf(answer)
  const [used, duplicates] = [numberOf(fields, 'used'), numberOf(fields, 'duplicates')]
  const [usedAtMs, verifyMs] = [numberOf(fields, 'usedAtMs'), numberOf(fields, 'verifyMs')]
  const tookMs = answeredAtMs - sentAtMs
  const once = used === load.batch && duplicates === 0
  check('every beacon is used once', once, () => `used ${used}, duplicates ${duplicates}`)
  const fits = verifyMs > 0 && verifyMs <= tookMs + clockSlackMs
  check('verifyMs fits the request', fits, () => `verifyMs ${verifyMs} of a request of ${tookMs} ms`)
  const between = usedAtMs >= sentAtMs - clockSlackMs && usedAtMs <= answeredAtMs + clockSlackMs
  check('usedAtMs lies within the request', between, () => `${usedAtMs - sentAtMs} ms after the send, of ${tookMs} ms`)
  fact('beacon-batch-request', answer.timings.duration)
  if (usedAtMs >= scheduledAtMs) fact('beacon-scheduled-to-used', usedAtMs - scheduledAtMs)
  return { verifyMs, usedAtMs }
}
