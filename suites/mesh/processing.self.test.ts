import { expect, test } from 'vitest'
import { processingMs } from './processing.ts'

const window = { fromMs: 0, toMs: 1_000 }
const links = [
  { origin: 'a', receiver: 'b' },
  { origin: 'b', receiver: 'a' },
]

test('of a train the last beacon to be due tells what the way took, whatever the others waited', () => {
  const receipts = {
    links,
    link: [0, 0, 0, 1, 0, 0, 0],
    sequence: [0, 1, 2, 0, 3, 4, 5],
    scheduledAtMs: [10, 20, 30, 35, 310, 320, 330],
    usedAtMs: [31, 31, 31.001, 35.5, 334, 334, 334],
  }
  expect(processingMs(receipts, window)).toEqual([expect.closeTo(1, 2), expect.closeTo(4, 9), expect.closeTo(0.5, 9)])
})

test('beacons that travel alone are all counted, those due outside the window are not', () => {
  const receipts = {
    links,
    link: [0, 0, 0],
    sequence: [0, 1, 2],
    scheduledAtMs: [-5, 50, 1_000],
    usedAtMs: [1, 52, 1_001],
  }
  expect(processingMs(receipts, window)).toEqual([2])
})
