import { createHmac, timingSafeEqual } from 'node:crypto'
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

/** What a key kept as an object saves, against the plain way: the key as bytes in each call. */
export const bench = {
  name: 'link tags, made and checked, with keys kept as objects',
  unit: { count: links, item: 'datagram' },
  ours: (): void => {
    for (const [link, datagram] of datagrams.entries()) {
      keyed[link]?.seal(datagram)
      if (keyed[link]?.opens(datagram) !== true) throw new Error('A tag that was just made does not open.')
    }
  },
  baselines: {
    'keys as bytes': (): void => {
      for (const [link, datagram] of datagrams.entries()) {
        const secret = secrets[link] ?? Buffer.alloc(0)
        const body = datagram.subarray(0, datagram.length - tagBytes)
        const tag = () => createHmac('sha256', secret).update(body).digest().subarray(0, tagBytes)
        datagram.set(tag(), body.length)
        if (!timingSafeEqual(tag(), datagram.subarray(body.length)))
          throw new Error('A tag that was just made is wrong.')
      }
    },
  },
}
