import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'
import { randomFrom } from '../../suites/contract/random.ts'

type Direction = { readonly seal: (datagram: Buffer) => void; readonly opens: (datagram: Buffer) => boolean }
type LinkCrypto = {
  readonly derive: (secret: Uint8Array, transcript: Uint8Array) => { readonly initiator: Direction }
}

// The reference is known here by path only, as the default target is.
const room = new URL('../../fixtures/crypto/', import.meta.url).href
const { realLinkCrypto }: { realLinkCrypto: (parts: unknown) => LinkCrypto } = await import(`${room}link.ts`)
const { cryptoParts }: { cryptoParts: unknown } = await import(`${room}parts.ts`)

/** Beacons of as many links, each with keys of its own: what a node of a large mesh does in a few milliseconds. */
const links = 500
const tagBytes = 16
const random = randomFrom('link-tags')
const datagrams = Array.from({ length: links }, () => Buffer.from(random.bytes(64 + tagBytes)))
const secrets = datagrams.map(() => random.bytes(32))
const keyed = secrets.map((secret) => realLinkCrypto(cryptoParts).derive(secret, secret).initiator)

/** The plain way, with the key in whatever form it is kept. */
const plainly = (keys: readonly (Buffer | KeyObject)[]) => (): void => {
  for (const [link, datagram] of datagrams.entries()) {
    const key = keys[link] ?? Buffer.alloc(0)
    const body = datagram.subarray(0, datagram.length - tagBytes)
    const tag = () => createHmac('sha256', key).update(body).digest().subarray(0, tagBytes)
    datagram.set(tag(), body.length)
    if (!timingSafeEqual(tag(), datagram.subarray(body.length))) throw new Error('A tag that was just made is wrong.')
  }
}

/** What HMAC as its two hashes saves, over blocks of the key that were made once, against the call that is there for it. */
export const bench = {
  name: 'link tags (HMAC-SHA-256, 128 bits), made and checked, as two hashes over the blocks of the key',
  unit: { count: links, item: 'datagram' },
  ours: (): void => {
    for (const [link, datagram] of datagrams.entries()) {
      keyed[link]?.seal(datagram)
      if (keyed[link]?.opens(datagram) !== true) throw new Error('A tag that was just made does not open.')
    }
  },
  baselines: {
    'createHmac, keys as objects': plainly(secrets.map((secret) => createSecretKey(secret))),
    'createHmac, keys as bytes': plainly(secrets.map((secret) => Buffer.from(secret))),
  },
}
