import { hash } from 'node:crypto'
import { randomFrom } from '../../suites/contract/random.ts'

type Digest = (data: Uint8Array) => Uint8Array
type Inclusion = {
  readonly leaf: Uint8Array
  readonly index: number
  readonly count: number
  readonly path: readonly Uint8Array[]
  readonly root: Uint8Array
}
type Merkle = {
  readonly leafHash: (digest: Digest, leaf: Uint8Array) => Uint8Array
  readonly treeRoot: (digest: Digest, leaves: readonly Uint8Array[]) => Uint8Array
  readonly inclusionPath: (digest: Digest, leaves: readonly Uint8Array[], index: number) => readonly Uint8Array[]
  readonly included: (digest: Digest, inclusion: Inclusion) => boolean
}

// The reference is known here by path only, as the default target is.
const merkle: Merkle = await import(new URL('../../fixtures/crypto/merkle.ts', import.meta.url).href)

/** An epoch of a link at the rate of fast detection, rounded up to a power of two. */
const count = 128
const checks = 100
const random = randomFrom('merkle-proof')
const digest: Digest = (data) => hash('sha256', data, 'buffer')
const leaves = Array.from({ length: count }, () => merkle.leafHash(digest, random.bytes(64)))
const root = merkle.treeRoot(digest, leaves)
const proofs = leaves.map((leaf, index) => ({
  leaf,
  index,
  count,
  path: merkle.inclusionPath(digest, leaves, index),
  root,
}))
const whole = Buffer.concat(leaves)
const wholeDigest = Buffer.from(digest(whole))

/**
 * What a proof costs a third party, against the plain way: the whole signed list of leaf hashes, which
 * is one hash of four kilobytes. The proof is 224 bytes instead; time is not what it saves.
 */
export const bench = {
  name: `Merkle proof of one of ${count} leaves, checked (224 B)`,
  unit: { count: checks, item: 'proof' },
  ours: (): void => {
    for (const proof of proofs.slice(0, checks)) {
      if (!merkle.included(digest, proof)) throw new Error('A proof of a leaf of the tree does not hold.')
    }
  },
  baselines: {
    'whole list hashed each time (4 KiB)': (): void => {
      for (let check = 0; check < checks; check += 1) {
        if (!wholeDigest.equals(digest(whole))) throw new Error('The list does not have its own digest.')
      }
    },
  },
}
