import { expect, test } from 'vitest'
import { wholeSeconds } from './whole-seconds.ts'

test('counts fall into their second; edges belong to the later one, the outside to none', () => {
  const counts = wholeSeconds(2_500)
  counts.add(0, 1)
  counts.add(999.9, 2)
  counts.add(1_000, 4)
  counts.add(2_100, 8)
  counts.add(-1, 16)
  expect(counts.perSecond()).toEqual([3, 4])
  expect(counts.total()).toBe(7)
})
