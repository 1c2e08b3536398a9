import type { Clock } from '../contract/clock.ts'
import { signingContexts, type MeshPlane } from '../contract/mesh.ts'
import { openModel, type OpenSend } from '../evidence/open-model.ts'
import { batchText, joinAs, newPeerKey, signText, type PeerKey } from './peer.ts'

type Prober = { readonly id: string; readonly key: PeerKey; sequence: number }

/** An answer that comes later than this is none: whoever waits has given up. */
const deadlineMs = 1_000

export type ProbeOptions = {
  readonly mesh: MeshPlane
  readonly clock: Clock
  /** Each joins with a key of its own and is taken by a neighbour that the target chooses. */
  readonly peers: number
  readonly name: string
  readonly ratePerS: number
  readonly count: number
}

/**
 * Probes of the mesh by peers of the suite, on a schedule that no answer delays: each is one genuine signed beacon, and
 * good if the mesh has used it within a second. True for each good one.
 */
export async function probeMesh(options: ProbeOptions): Promise<readonly OpenSend<boolean>[]> {
  const { mesh, clock, peers, name, ratePerS, count } = options
  const probers: Prober[] = []
  for (let index = 0; index < peers; index += 1) {
    const key = newPeerKey()
    probers.push({ id: await joinAs(mesh, `${name}-${index}`, key), key, sequence: 0 })
  }
  const send = async (index: number, scheduledAtMs: number): Promise<boolean> => {
    const prober = probers[index % probers.length]
    if (prober === undefined) throw new Error('No peer joined: ask for one at least.')
    const { id: peerId, key } = prober
    const beacons = [{ sequence: prober.sequence, scheduledAtMs, payload: 'probe' }]
    prober.sequence += 1
    const batch = batchText({ peerId, epoch: 0, beacons })
    const outcome = await mesh.postBeacons({ peerId, batch, signature: signText(batch, key, signingContexts.beacons) })
    return outcome.ok && outcome.value.used === 1 && clock.nowMs() - scheduledAtMs <= deadlineMs
  }
  const sends = await openModel({ clock, ratePerS, count, send })
  for (const { id } of probers) await mesh.leaveMesh({ peerId: id })
  return sends
}
