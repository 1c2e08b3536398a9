import { createCipheriv, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { droppedIn, packetsIn } from '../contract/capture-target.ts'
import { randomFrom } from '../contract/random.ts'
import type { Capture, Packet } from '../contract/capture.ts'
import { canaryOf, capturing, fillerBytes, sharedKeyStream, showing, twins, unseen, withoutApi } from './canaries.ts'

const random = randomFrom('canaries')
const packet = (payload: Buffer | string, more: Partial<Packet> = {}): Packet => ({
  protocol: 'udp',
  from: '1',
  to: '2',
  payload: Buffer.from(payload),
  ...more,
})

test('a canary is found as text, hex and base64 at any beginning, and in nothing else', () => {
  const canary = canaryOf(random)
  const noise = randomBytes(5_000)
  expect(showing([packet(noise)], canary)).toBeNull()
  expect(showing([packet(canaryOf(random).text)], canary)).toBeNull()
  for (let before = 0; before < 5; before += 1) {
    const around = `${'x'.repeat(before)}${canary.text}yz`
    for (const encoding of ['utf8', 'hex', 'base64'] as const) {
      const travelling = Buffer.concat([noise, Buffer.from(Buffer.from(around).toString(encoding))])
      expect(showing([packet(noise), packet(travelling)], canary)).toMatch(/udp packet 1>2/)
    }
  }
})

test('twins under one key stream are seen, under two they are not, nor on two links', () => {
  const [one, other] = twins(random)
  const key = randomBytes(32)
  const sealed = (text: string, nonce: Buffer, more: Partial<Packet> = {}) => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    const head = randomBytes(60)
    return packet(Buffer.concat([head, cipher.update(`{"sequence":1,"payload":"${text}`), cipher.final()]), more)
  }
  const nonce = randomBytes(12)
  expect(sharedKeyStream([sealed(one, nonce), sealed(other, nonce)])).toMatch(/share a key stream/)
  expect(sharedKeyStream([sealed(one, nonce), sealed(other, randomBytes(12))])).toBeNull()
  expect(sharedKeyStream([sealed(one, nonce), sealed(other, nonce, { to: '3' })])).toBeNull()
  expect(sharedKeyStream([sealed(one, nonce), sealed(one, nonce)])).toBeNull()
})

test("conversations in the contract at the target's own ports are left out, others are not", () => {
  const post = packet('POST /v1/mesh/peers/peer-1/deltas HTTP/1.1\r\n\r\ncanary', { protocol: 'tcp' })
  const body = packet('the canary in a second packet', { protocol: 'tcp' })
  const answer = packet('HTTP/1.1 201', { protocol: 'tcp', from: '2', to: '1' })
  const foreign = packet('POST /other HTTP/1.1', { protocol: 'tcp', from: '3', to: '2' })
  const between = packet('POST /v1/deltas HTTP/1.1\r\n\r\ncanary', { protocol: 'tcp', from: '3', to: '4' })
  const datagram = packet('POST /v1/mesh', { protocol: 'udp' })
  const packets = [body, post, answer, foreign, between, datagram]
  expect(withoutApi({ packets, dropped: 0 }, ['2'])).toEqual([foreign, between, datagram])
})

test('beacons fill no capture that lacks the deltas', () => {
  const beacons = Array.from({ length: 1_000 }, () => packet(randomBytes(200)))
  const delta = packet(randomBytes(1_200))
  expect(fillerBytes(beacons)).toBe(0)
  expect(fillerBytes([...beacons, delta])).toBe(1_200)
})

test('a capture ends when what it captures breaks off', async () => {
  let ended = 0
  const capture: Capture = {
    sendInClear: async () => undefined,
    end: async () => ({ packets: [], dropped: (ended += 1) }),
  }
  await expect(capturing(capture, () => Promise.reject(new Error('no mesh')))).rejects.toThrow('no mesh')
  expect(ended).toBe(1)
  expect(await capturing(capture, async () => undefined)).toEqual({ packets: [], dropped: 2 })
})

test('packets are read from their IP headers; what is none is kept whole', () => {
  const udp = Buffer.alloc(28 + 5)
  udp[0] = 0x45
  udp[9] = 17
  udp.writeUInt16BE(4_000, 20)
  udp.writeUInt16BE(9, 22)
  udp.write('hello', 28)
  const framed = (bytes: Buffer) => {
    const head = Buffer.alloc(4)
    head.writeUInt32LE(bytes.length)
    return Buffer.concat([head, bytes])
  }
  expect(packetsIn(Buffer.concat([framed(udp), framed(Buffer.from('odd'))]))).toEqual([
    { protocol: 'udp', from: '4000', to: '9', payload: Buffer.from('hello') },
    { protocol: 'other', from: '', to: '', payload: Buffer.from('odd') },
  ])
})

test.each<[string | null, number | null]>([
  ['{"packets":9,"dropped":0}', 0],
  ['{"packets":9,"dropped":3}', 3],
  ['{"packets":9,"dropped":null}', null],
  ['{"packets":9}', null],
  ['none', null],
  [null, null],
])('a capture that says %s has lost %s packets, and what is not known is never nothing', (header, dropped) => {
  expect(droppedIn(header)).toBe(dropped)
  expect(unseen({ dropped })).toBe(dropped ?? Number.MAX_VALUE)
})
