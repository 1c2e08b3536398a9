/**
 * SLA-VERIFY: peers post ML-DSA-65-signed beacon batches at a constant arrival rate. The promise is
 * about verifying one signature, which only the target can time: `verifyMs` of its answer is judged.
 * It is believed only where it fits what we saw ourselves, sample by sample: more than nothing, and
 * no longer than the whole request that it was part of. The request's own duration stands beside it.
 * A known share of the batches is forged, so that a target that verifies nothing is found out.
 */
import { seen } from '../answer.ts'
import { nextBatch, observeUse, post } from '../beacons.ts'
import { shard } from '../environment.ts'
import { loadOfRun, optionsOf } from '../load-of-run.ts'
import { isDrawn } from '../lots.ts'
import { forgeries, joinAll, leaveAll, ownPeer, signed } from '../peer.ts'
import type { JoinedPeer } from '../peer.ts'
import { arrival, beginMeter, check, endMeter, finish, sample } from '../recording.ts'
import type { Meter } from '../recording.ts'
import { partOf } from '../schedule.ts'
import { writeSummary } from '../summary.ts'

const load = loadOfRun('beacon-batches')

/** One batch in twenty is forged, drawn by lot. */
const forgedEvery = 20

export const options = optionsOf(load, 1 - 1 / forgedEvery)

type Run = { readonly meter: Meter; readonly peers: readonly JoinedPeer[] }

export function setup(): Run {
  const peers = joinAll(partOf(load, shard()).vus)
  return { meter: beginMeter(), peers }
}

export default function (run: Run): void {
  const { index, scheduledAtMs } = arrival(load)
  const { peer, signer } = ownPeer(run.peers)
  const forgery = isDrawn('forged batch', index, forgedEvery)
    ? (forgeries[Math.floor(index / forgedEvery) % forgeries.length] ?? null)
    : null
  const posted = post(load, signed(signer, nextBatch(load, peer.peerId, scheduledAtMs), forgery), scheduledAtMs)
  if (forgery === null) {
    const use = observeUse(load, posted)
    sample(load, use !== null && use.verifyMs >= 0 ? use.verifyMs : null)
  } else check(`forged batch is refused: ${forgery}`, posted.answer.status === 403, () => seen(posted.answer))
  finish()
}

export function teardown({ meter, peers }: Run): void {
  endMeter(meter)
  leaveAll(peers)
}

export const handleSummary = writeSummary
