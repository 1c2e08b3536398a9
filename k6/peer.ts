/** A peer of the mesh: joins with its own ML-DSA-65 key and signs its beacon batches, some of them wrongly on purpose. */
import exec from 'k6/execution'
import http from 'k6/http'
import { newSigner, signerOf } from 'k6/x/meshcert'
import type { Signer } from 'k6/x/meshcert'
import type { BeaconBatch, signingContexts } from '../suites/contract/mesh.ts'
import { environment, shard } from './environment.ts'

// k6 can't load the contract's values, for they need zod: the compiler holds these two to it.
const joinContext: (typeof signingContexts)['join'] = 'meshcert/join/v1'
const beaconsContext: (typeof signingContexts)['beacons'] = 'meshcert/beacons/v1'

const json = { 'Content-Type': 'application/json' }

/** What setup hands to the user that acts as this peer. The key lives for one run and protects nothing. */
export type JoinedPeer = {
  readonly peerId: string
  readonly seed: string
  /** UDP entry point of the mesh, host:port; null where it has none. */
  readonly datagrams: string | null
}

function join(name: string): JoinedPeer {
  const signer = newSigner()
  const { publicKey } = signer
  const signature = signer.sign(`${name}:${publicKey}`, joinContext)
  const answer = http.post(`${environment.targetUrl()}/v1/mesh/peers`, JSON.stringify({ name, publicKey, signature }), {
    headers: json,
  })
  const peerId = answer.status === 201 ? answer.json('peerId') : null
  if (typeof peerId !== 'string')
    throw new Error(`Peer ${name} could not join: ${answer.status} ${String(answer.body)}`)
  const datagrams = answer.json('datagrams')
  return { peerId, seed: signer.seed, datagrams: typeof datagrams === 'string' ? datagrams : null }
}

/** So many peers of this process; their names are unlike those of the other generators of the load. */
export const joinAll = (count: number): readonly JoinedPeer[] =>
  Array.from({ length: count }, (_, index) => join(`${environment.runKey()}-${shard().number}-${index}`.slice(-64)))

export function leaveAll(peers: readonly JoinedPeer[]): void {
  for (const { peerId } of peers) http.del(`${environment.targetUrl()}/v1/mesh/peers/${peerId}`)
}

/** Ways to lie: each must be refused as a whole. */
export const forgeries = [
  'altered signature',
  'context of a join',
  'key of a stranger',
  'batch changed after signing',
] as const
export type Forgery = (typeof forgeries)[number]

export type SignedBatch = { readonly peerId: string; readonly batch: string; readonly signature: string }

/** Another character in the middle of a base64 text: still base64, other bytes. */
export function altered(base64: string): string {
  const at = base64.length >>> 1
  return base64.slice(0, at) + (base64[at] === 'A' ? 'B' : 'A') + base64.slice(at + 1)
}

export function signed(signer: Signer, batch: BeaconBatch, forgery: Forgery | null): SignedBatch {
  const { peerId } = batch
  const text = JSON.stringify(batch)
  const honest = (by: Signer, context: string) => ({ peerId, batch: text, signature: by.sign(text, context) })
  if (forgery === 'context of a join') return honest(signer, joinContext)
  if (forgery === 'key of a stranger') return honest(newSigner(), beaconsContext)
  const sent = honest(signer, beaconsContext)
  if (forgery === 'altered signature') return { ...sent, signature: altered(sent.signature) }
  if (forgery === 'batch changed after signing') {
    const changed = batch.beacons.map((beacon) => ({ ...beacon, payload: `${beacon.payload}!` }))
    return { ...sent, batch: JSON.stringify({ ...batch, beacons: changed }) }
  }
  return sent
}

/** This user's peer; a user is one JavaScript world, so it belongs to it alone. */
let own: { readonly peer: JoinedPeer; readonly signer: Signer } | undefined

export function ownPeer(peers: readonly JoinedPeer[]): NonNullable<typeof own> {
  const peer = peers[(exec.vu.idInInstance - 1) % peers.length]
  if (peer === undefined) throw new Error('No peer has joined: see what setup said.')
  own ??= { peer, signer: signerOf(peer.seed) }
  return own
}
