/**
 * LOAD-SPAWN: every user is a peer of the mesh with an ML-DSA-65 key of its own and posts signed
 * beacon batches by the schedule that all generators share: over HTTP, and one in four by UDP where
 * the mesh has an entry for datagrams. Judged is the time from the scheduled send to the use of the
 * beacons; the target's word for the latter is held against our own clock.
 */
import type { LoadShapeName } from '../sla.config.ts'
import { seen } from './answer.ts'
import { isAnswered, nextBatch, observeUse, post } from './beacons.ts'
import { sendUntilUsed } from './datagrams.ts'
import { shard } from './environment.ts'
import { loadOfRun, optionsOf } from './load-of-run.ts'
import { joinAll, leaveAll, ownPeer, signed } from './peer.ts'
import type { JoinedPeer, SignedBatch } from './peer.ts'
import { arrival, awaitStart, beginMeter, check, endMeter, finish, sample } from './recording.ts'
import type { Meter } from './recording.ts'
import { partOf } from './schedule.ts'
import type { Load } from './schedule.ts'

/** One batch in so many goes as a datagram: prime to three generators, so that each has its part of them. */
const datagramEvery = 4

type Run = { readonly meter: Meter; readonly peers: readonly JoinedPeer[] }

function postUntilUsed(load: Load, batch: SignedBatch, scheduledAtMs: number): number | null {
  const posted = post(load, batch, scheduledAtMs)
  // The row holds without exception or not at all: no latency is judged that silence would spoil.
  check('signed batch is answered', isAnswered(posted), () => seen(posted.answer))
  return observeUse(load, posted)?.usedAtMs ?? null
}

/** Everything that k6 asks of a script, for one shape of a load of peers. */
export function peerScenario(shape: LoadShapeName) {
  const load = loadOfRun(shape)
  const setup = (): Run => {
    const peers = joinAll(partOf(load, shard()).vus)
    awaitStart()
    return { meter: beginMeter(), peers }
  }
  const arrive = (run: Run): void => {
    const { index, scheduledAtMs } = arrival(load)
    const { peer, signer } = ownPeer(run.peers)
    const plain = nextBatch(load, peer.peerId, scheduledAtMs)
    const batch = signed(signer, plain, null)
    const sequences = plain.beacons.map(({ sequence }) => sequence)
    const usedAtMs =
      peer.datagrams !== null && index % datagramEvery === 0
        ? sendUntilUsed(load, peer.datagrams, { batch, sequences, scheduledAtMs })
        : postUntilUsed(load, batch, scheduledAtMs)
    sample(load, usedAtMs === null ? null : Math.max(0, usedAtMs - scheduledAtMs))
    finish()
  }
  const teardown = ({ meter, peers }: Run): void => {
    endMeter(meter)
    leaveAll(peers)
  }
  return { options: optionsOf(load, 1), setup, arrive, teardown }
}
