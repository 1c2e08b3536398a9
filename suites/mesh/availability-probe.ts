import type { Clock } from '../contract/clock.ts'
import { signingContexts, type MeshPlane } from '../contract/mesh.ts'
import { openModel, type OpenSend } from '../evidence/open-model.ts'
import { batchText, joinAs, newPeerKey, signText, type PeerKey } from './peer.ts'

type Prober = { readonly id: string; readonly key: PeerKey; sequence: number }

export type ProbeOptions = {
  readonly mesh: MeshPlane
  readonly clock: Clock
  /** Each joins with a key of its own and is taken by a neighbour that the target chooses. */
  readonly peers: number
  readonly name: string
  readonly ratePerS: number
  readonly count: number
}

/** Why a beacon was not used, and the status of the answer where it has one. */
export type Trouble = { readonly why: string; readonly status: number | null }

/**
 * Probes of the mesh by peers of the suite, on a schedule that no answer delays: each is one genuine signed beacon,
 * null once the mesh has used it, else why it did not.
 */
export async function probeMesh(options: ProbeOptions): Promise<readonly OpenSend<Trouble | null>[]> {
  const { mesh, clock, peers, name, ratePerS, count } = options
  const probers: Prober[] = []
  for (let index = 0; index < peers; index += 1) {
    const key = newPeerKey()
    probers.push({ id: await joinAs(mesh, `${name}-${index}`, key), key, sequence: 0 })
  }
  const send = async (index: number, scheduledAtMs: number): Promise<Trouble | null> => {
    const prober = probers[index % probers.length]
    if (prober === undefined) throw new Error('No peer joined: ask for one at least.')
    const { id: peerId, key } = prober
    const beacons = [{ sequence: prober.sequence, scheduledAtMs, payload: 'probe' }]
    prober.sequence += 1
    const batch = batchText({ peerId, epoch: 0, beacons })
    const outcome = await mesh.postBeacons({ peerId, batch, signature: signText(batch, key, signingContexts.beacons) })
    if (!outcome.ok) return { why: outcome.error, status: outcome.status ?? null }
    return outcome.value.used === 1 ? null : { why: `${outcome.value.used} beacons used`, status: null }
  }
  // The first calls open connections and warm up code on both sides: nobody's availability.
  for (const index of probers.keys()) await send(index, clock.nowMs())
  const sends = await openModel({ clock, ratePerS, count, send })
  for (const { id } of probers) await mesh.leaveMesh({ peerId: id })
  return sends
}
