import { hash } from 'node:crypto'
import { randomFrom } from '../../suites/contract/random.ts'

type Direction = { readonly seal: (datagram: Buffer) => void; readonly opens: (datagram: Buffer) => boolean }
type Identity = { readonly publicKey: Uint8Array; readonly sign: (message: Uint8Array, purpose: 'root') => Uint8Array }
type LinkCrypto = {
  readonly derive: (secret: Uint8Array, transcript: Uint8Array) => { readonly initiator: Direction }
  readonly identity: (seed: Uint8Array) => Identity
  readonly verifier: (publicKey: Uint8Array) => (message: Uint8Array, signature: Uint8Array, purpose: 'root') => boolean
}

// The reference is known here by path only, as the default target is.
const room = new URL('../../fixtures/crypto/', import.meta.url).href
const { realLinkCrypto }: { realLinkCrypto: (parts: unknown) => LinkCrypto } = await import(`${room}link.ts`)
const { cryptoParts }: { cryptoParts: unknown } = await import(`${room}parts.ts`)

/** One epoch of one link at the rate of fast detection: 5 s at 16.7 beacons per second. */
const beacons = 83
const bodyBytes = 35
const tagBytes = 16
const random = randomFrom('beacon-authentication')
const crypto = realLinkCrypto(cryptoParts)
const identity = crypto.identity(random.bytes(32))
const verify = crypto.verifier(identity.publicKey)
const link = crypto.derive(random.bytes(32), random.bytes(32)).initiator
const datagrams = Array.from({ length: beacons }, () => Buffer.from(random.bytes(bodyBytes + tagBytes)))
const leaf = (datagram: Buffer): Buffer => hash('sha256', datagram.subarray(0, bodyBytes), 'buffer')

/** A tag for each beacon and one signature for the epoch, both ends and both hashes of each beacon counted, against a signature for each. */
export const bench = {
  name: 'authentication of an epoch of beacons, made and checked: a tag each and one signed root',
  unit: { count: beacons, item: 'beacon' },
  ours: (): void => {
    const sent: Buffer[] = []
    const used: Buffer[] = []
    for (const datagram of datagrams) {
      link.seal(datagram)
      sent.push(leaf(datagram))
      if (!link.opens(datagram)) throw new Error('A tag that was just made does not open.')
      used.push(leaf(datagram))
    }
    const root = hash('sha256', Buffer.concat(sent), 'buffer')
    const signature = identity.sign(root, 'root')
    const claimed = hash('sha256', Buffer.concat(used), 'buffer')
    if (!verify(claimed, signature, 'root')) throw new Error('The root does not verify.')
  },
  baselines: {
    'ML-DSA-65 for each': (): void => {
      for (const datagram of datagrams) {
        const body = datagram.subarray(0, bodyBytes)
        if (!verify(body, identity.sign(body, 'root'), 'root')) throw new Error('A beacon does not verify.')
      }
    },
  },
}
