/** Peers of the mesh that attack: they take part in it, until it refuses what they sign. */
import { sla } from '../../sla.config.ts'
import type { Clock } from '../contract/clock.ts'
import { signingContexts, type MeshPlane } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import { batchText, joinAs, newPeerKey, signText } from '../mesh/peer.ts'
import type { Scenario } from '../requirement.ts'

type Meshed = Scenario<'mesh'>

/** What a peer says again and again is signed once, before anything is timed: a signature takes as long as a request. */
export type Peer = { readonly peerId: string; readonly batch: string; readonly signature: string }

const joinedAtOnce = 8
/** Looked for the more seldom the longer it takes, by so much of that: a target that blocks late meets no flood of beacons. */
const look = { atLeastMs: 10, share: 0.05 }
/** By how much it is late says nothing more once it is over every limit. */
const lookLate = { fromMs: sla.objectives['remediation-p99'].limit, share: 0.25 }

/** In the order of what is given, a few at a time. */
export async function inTurns<T, R>(all: readonly T[], one: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (let at = 0; at < all.length; at += joinedAtOnce)
    done.push(...(await Promise.all(all.slice(at, at + joinedAtOnce).map(one))))
  return done
}

/** Peers that have joined and have been heard: who has not may be forgotten, and who never was is not refused for what it did. */
export function joinPeers({ target: { mesh, clock }, seed }: Meshed, count: number): Promise<readonly Peer[]> {
  const names = Array.from({ length: count }, (_, index) => `${seed}-timed-${index}`)
  return inTurns(names, async (name) => {
    const key = newPeerKey()
    const peerId = await joinAs(mesh, name, key)
    const beacons = [{ sequence: 0, scheduledAtMs: clock.nowMs(), payload: '' }]
    const batch = batchText({ peerId, epoch: 0, beacons })
    const peer = { peerId, batch, signature: signText(batch, key, signingContexts.beacons) }
    expectOk('postBeacons', await mesh.postBeacons(peer))
    return peer
  })
}

/** When the mesh first refuses what a peer signs; null if it never does while somebody waits. */
export async function blockedAt(
  { mesh, clock }: { readonly mesh: Pick<MeshPlane, 'postBeacons'>; readonly clock: Clock },
  peer: Peer,
  patienceMs: number,
): Promise<number | null> {
  const startedAtMs = clock.nowMs()
  while (clock.nowMs() < startedAtMs + patienceMs) {
    // A repetition is a duplicate as long as the peer may speak.
    const outcome = await mesh.postBeacons(peer)
    if (!outcome.ok && outcome.status === 403) return clock.nowMs()
    const tookMs = clock.nowMs() - startedAtMs
    const { share } = tookMs > lookLate.fromMs ? lookLate : look
    await clock.sleep(Math.max(look.atLeastMs, share * tookMs))
  }
  return null
}
