/**
 * SLA-VERIFY: peers post ML-DSA-65-signed beacon batches at a constant arrival rate. The promise is
 * about verifying one signature, which only the target can time: `verifyMs` of its answer is judged.
 * It is believed only where it fits what we saw ourselves, sample by sample: more than nothing, and
 * no longer than the whole request that it was part of. The request's own duration stands beside it.
 * A known share of the batches is forged, so that a target that verifies nothing is found out.
 */
import exec from 'k6/execution'
import http from 'k6/http'
import type { Response } from 'k6/http'
import { nowMs } from 'k6/x/meshcert'
import type { Signer } from 'k6/x/meshcert'
import type { BeaconBatch } from '../../suites/contract/mesh.ts'
import { fieldsOf, numberOf, seen } from '../answer.ts'
import { environment, loadOfRun, optionsOf } from '../environment.ts'
import { forgeries, join, leave, signed, signerFor } from '../peer.ts'
import type { JoinedPeer } from '../peer.ts'
import { arrival, beginMeter, check, endMeter, fact, failure, finish, sample } from '../recording.ts'
import type { Meter } from '../recording.ts'
import { writeSummary } from '../summary.ts'

const load = loadOfRun('beacon-batches')

/** One batch in twenty is forged; the phase keeps the first seconds honest. */
const forgedEvery = 20
const forgedPhase = 7
/** Both instants are taken on one clock, and rounded by nobody; what is left is the cost of reading it. */
const clockSlackMs = 0.01

export const options = optionsOf(load, 1 - 1 / forgedEvery)

type Run = { readonly meter: Meter; readonly peers: readonly JoinedPeer[] }

export function setup(): Run {
  const peers = Array.from({ length: load.vus }, (_, index) => join(`${environment.runKey()}-${index}`.slice(-64)))
  return { meter: beginMeter(), peers }
}

/** This user's peer; a user is one JavaScript world, so these belong to it alone. */
let own: { readonly peer: JoinedPeer; readonly signer: Signer } | undefined
let nextSequence = 0
let nextEpoch = 0

function peerOf({ peers }: Run): NonNullable<typeof own> {
  const peer = peers[(exec.vu.idInTest - 1) % peers.length]
  if (peer === undefined) throw new Error('No peer has joined: see what setup said.')
  own ??= { peer, signer: signerFor(peer) }
  return own
}

function batchOf(peerId: string, scheduledAtMs: number): BeaconBatch {
  const beacons = Array.from({ length: load.batch }, () => {
    nextSequence += 1
    return { sequence: nextSequence, scheduledAtMs, payload: `beacon ${nextSequence}` }
  })
  nextEpoch += 1
  return { peerId, epoch: nextEpoch, beacons }
}

export default function (run: Run): void {
  const { index, scheduledAtMs } = arrival(load)
  const { peer, signer } = peerOf(run)
  const forgery =
    index % forgedEvery === forgedPhase ? (forgeries[Math.floor(index / forgedEvery) % forgeries.length] ?? null) : null
  const sent = signed(signer, batchOf(peer.peerId, scheduledAtMs), forgery)
  const sentAtMs = nowMs()
  const answer = http.post(`${environment.targetUrl()}/v1/mesh/peers/${peer.peerId}/beacons`, JSON.stringify(sent), {
    headers: { 'Content-Type': 'application/json' },
    timeout: load.patienceMs,
  })
  const answeredAtMs = nowMs()
  if (forgery !== null) check(`forged batch is refused: ${forgery}`, answer.status === 403, () => seen(answer))
  else observeHonest(answer, { scheduledAtMs, sentAtMs, answeredAtMs })
  finish()
}

type Instants = { readonly scheduledAtMs: number; readonly sentAtMs: number; readonly answeredAtMs: number }

function observeHonest(answer: Response, { scheduledAtMs, sentAtMs, answeredAtMs }: Instants): void {
  const accepted = answer.status === 200
  // No answer in time is no wrong answer: it counts as a sample over the limit, as judged as any other.
  if (answer.status !== 0) check('signed batch is used', accepted, () => seen(answer))
  if (!accepted) {
    failure(answer.status, answer.headers['Retry-After'] !== undefined)
    return sample(load, null)
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
  sample(load, verifyMs >= 0 ? verifyMs : null)
}

export function teardown({ meter, peers }: Run): void {
  endMeter(meter)
  for (const peer of peers) leave(peer)
}

export const handleSummary = writeSummary
