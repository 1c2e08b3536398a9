import { expect, test } from 'vitest'
import { followSequences } from './sequences.ts'

const links = [
  { origin: 'a', receiver: 'b' },
  { origin: 'b', receiver: 'a' },
]
const of = (...beacons: readonly (readonly [link: number, sequence: number])[]) => ({
  link: beacons.map(([link]) => link),
  sequence: beacons.map(([, sequence]) => sequence),
  scheduledAtMs: beacons.map(() => 0),
  usedAtMs: beacons.map(() => 0),
  links,
})

test('links are followed apart, in the order of their numbers', () => {
  expect(followSequences(of([0, 2], [1, 7], [0, 1], [0, 3], [1, 8]), 100)).toEqual({ repeated: 0, missing: 0 })
})

test('gaps are missing beacons, equal numbers are repeated ones', () => {
  expect(followSequences(of([0, 1], [0, 4], [0, 4], [1, 9], [1, 11]), 100)).toEqual({ repeated: 1, missing: 3 })
})

test("a new life of the sender counts as what the link could have sent, not as its numbers' distance", () => {
  expect(followSequences(of([0, 1], [0, 2 ** 26]), 50)).toEqual({ repeated: 0, missing: 50 })
})
