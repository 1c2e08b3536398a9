import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { signingContexts, type BeaconBatch, type MeshPlane } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'

export type PeerKey = { readonly privateKey: KeyObject; readonly publicKey: string }

/** A fresh ML-DSA-65 identity of the suite; the public key raw, base64. */
export function newPeerKey(): PeerKey {
  const pair = generateKeyPairSync('ml-dsa-65')
  return {
    privateKey: pair.privateKey,
    publicKey: pair.publicKey.export({ format: 'raw-public' }).toString('base64'),
  }
}

/** ML-DSA-65 over the UTF-8 bytes of `text` under a context string; base64. */
export function signText(text: string, key: PeerKey, context: string): string {
  const signer = { key: key.privateKey, context: Buffer.from(context) }
  return sign(null, Buffer.from(text), signer).toString('base64')
}

/** Joins the mesh as `name` with this key; answers the id under which the mesh knows the peer. */
export async function joinAs(mesh: MeshPlane, name: string, key: PeerKey): Promise<string> {
  const { publicKey } = key
  const signature = signText(`${name}:${publicKey}`, key, signingContexts.join)
  return expectOk('joinMesh', await mesh.joinMesh({ name, publicKey, signature })).peerId
}

/** The JSON text of a batch, as it is signed and sent. */
export const batchText = (batch: BeaconBatch): string => JSON.stringify(batch)
