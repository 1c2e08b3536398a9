import { expect, test } from 'vitest'
import { proofOf, type Way } from './sample-receipts.ts'
import { bandwidth } from './faults/bandwidth.ts'

const holdsMs = 400
const asked = bandwidth.draw({ bitsPerS: 8_000, holdsMs })()
const atOnce: Way = () => 1
const found = (after: Way) => proofOf(bandwidth, asked, { links: 10, before: atOnce, after })

test('a queue has room for what the link passes in the asked time', () => {
  expect(asked).toEqual({ paths: [{ path: { bandwidth: { bitsPerS: 8_000, queueBytes: 400 } } }] })
})

test('a link that passes every other beacon, each behind a full queue, is proven to be narrow', async () => {
  const proof = await found((_, sequence) => (sequence % 2 === 0 ? holdsMs : null))
  expect(proof).toMatchObject({ proven: true })
  expect(proof.seen).toContain(
    'the median beacon is 399 ms later, a full queue holds for 400 ms; one comes every 20 ms after every 10 ms',
  )
})

test.each<[string, Way]>([
  ['only late', () => holdsMs],
  ['only lossy', (_, sequence) => (sequence % 2 === 0 ? 1 : null)],
  ['late by less than half of a full queue, and lossy', (_, sequence) => (sequence % 2 === 0 ? 150 : null)],
  ['cut', () => null],
  ['whole', atOnce],
])('a link that is %s is not', async (_, after) => {
  expect(await found(after)).toMatchObject({ proven: false, provenAtMs: null })
})
