/**
 * SLA-VERIFY: peers post ML-DSA-65-signed beacon batches at a constant arrival rate. The promise is
 * about verifying one signature, which only the target can time: `verifyMs` of its answer is judged.
 * It is believed only where it fits what we saw ourselves, sample by sample: more than nothing, and
 * no longer than the whole request that it was part of. The request's own duration stands beside it.
 * A known share of the batches is forged, so that a target that verifies nothing is found out.
 */
import exec from 'k6/execution'
import http from 'k6/http'
import { nowMs } from 'k6/x/meshcert'
import type { Signer } from 'k6/x/meshcert'
import type { BeaconBatch } from '../../suites/contract/mesh.ts'
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
    index % forgedEvery === forgedPhase ? forgeries[Math.floor(index / forgedEvery) % forgeries.length] : null
  const sent = signed(signer, batchOf(peer.peerId, scheduledAtMs), forgery ?? null)
  const sentAtMs = nowMs()
  const answer = http.post(`${environment.targetUrl()}/v1/mesh/peers/${peer.peerId}/beacons`, JSON.stringify(sent), {
    headers: { 'Content-Type': 'application/json' },
    timeout: load.patienceMs,
  })
  const answeredAtMs = nowMs()
  if (typeof forgery === 'string') {
    check(
      `forged batch is refused: ${forgery}`,
      answer.status === 403,
      () => `answered ${answer.status} ${answer.error}`,
    )
    return finish()
  }
  const accepted = answer.status === 200
  check('signed batch is used', accepted, () => `answered ${answer.status} ${answer.error} ${String(answer.body)}`)
  if (!accepted) {
    failure(answer.status, answer.headers['Retry-After'] !== undefined)
    sample(load, null)
    return finish()
  }
  const { used, duplicates, usedAtMs, verifyMs } = reading(answer.json())
  check(
    'every beacon is used once',
    used === load.batch && duplicates === 0,
    () => `used ${used}, duplicates ${duplicates}`,
  )
  check('verifyMs fits the request', verifyMs > 0 && verifyMs <= answeredAtMs - sentAtMs + clockSlackMs, () => {
    return `verifyMs ${verifyMs} of a request of ${answeredAtMs - sentAtMs} ms`
  })
  check(
    'usedAtMs lies within the request',
    usedAtMs >= sentAtMs - clockSlackMs && usedAtMs <= answeredAtMs + clockSlackMs,
    () => {
      return `used ${usedAtMs - sentAtMs} ms after the send, answered ${answeredAtMs - sentAtMs} ms after it`
    },
  )
  fact('beacon-batch-request', answer.timings.duration)
  if (usedAtMs >= scheduledAtMs) fact('beacon-scheduled-to-used', usedAtMs - scheduledAtMs)
  sample(load, verifyMs >= 0 ? verifyMs : null)
  finish()
}

type Reading = {
  readonly used: number
  readonly duplicates: number
  readonly usedAtMs: number
  readonly verifyMs: number
}

/** The numbers of an answer; what is missing is NaN, which fits no check. */
function reading(body: unknown): Reading {
  const fields: Record<string, unknown> = typeof body === 'object' && body !== null ? { ...body } : {}
  const number = (name: string) => (typeof fields[name] === 'number' ? fields[name] : Number.NaN)
  return {
    used: number('used'),
    duplicates: number('duplicates'),
    usedAtMs: number('usedAtMs'),
    verifyMs: number('verifyMs'),
  }
}

export function teardown({ meter, peers }: Run): void {
  endMeter(meter)
  for (const peer of peers) leave(peer)
}

export const handleSummary = writeSummary
