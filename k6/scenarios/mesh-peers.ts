/**
 * LOAD-SPAWN: every user is a peer of the mesh with an ML-DSA-65 key of its own and posts signed
 * beacon batches by the schedule that all generators share. Judged is the time from the scheduled
 * send to the use of the beacons; the target's word for the latter is held against our own clock.
 */
import { seen } from '../answer.ts'
import { isAnswered, nextBatch, observeUse, post } from '../beacons.ts'
import { loadOfRun, optionsOf, shard } from '../environment.ts'
import { joinAll, leaveAll, ownPeer, signed } from '../peer.ts'
import type { JoinedPeer } from '../peer.ts'
import { arrival, awaitStart, beginMeter, check, endMeter, finish, sample } from '../recording.ts'
import type { Meter } from '../recording.ts'
import { partOf } from '../shapes.ts'
import { writeSummary } from '../summary.ts'

const load = loadOfRun('mesh-peers')

export const options = optionsOf(load, 1)

type Run = { readonly meter: Meter; readonly peers: readonly JoinedPeer[] }

export function setup(): Run {
  const peers = joinAll(partOf(load, shard()).vus)
  awaitStart()
  return { meter: beginMeter(), peers }
}

export default function (run: Run): void {
  const { scheduledAtMs } = arrival(load)
  const { peer, signer } = ownPeer(run.peers)
  const posted = post(load, signed(signer, nextBatch(load, peer.peerId, scheduledAtMs), null), scheduledAtMs)
  // The row holds without exception or not at all: no latency is judged that silence would spoil.
  check('signed batch is answered', isAnswered(posted), () => seen(posted.answer))
  const use = observeUse(load, posted)
  sample(load, use === null ? null : Math.max(0, use.usedAtMs - scheduledAtMs))
  finish()
}

export function teardown({ meter, peers }: Run): void {
  endMeter(meter)
  leaveAll(peers)
}

export const handleSummary = writeSummary
