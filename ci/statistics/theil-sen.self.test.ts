import { expect, test } from 'vitest'
import { randomFrom } from '../../suites/contract/random.ts'
import { theilSen } from './theil-sen.ts'

const line = (n: number, slope: number, noise: (index: number) => number = () => 0) =>
  Array.from({ length: n }, (_, index) => ({ x: index, y: 7 + slope * index + noise(index) }))

test('a straight line is its own slope and bounds', () => {
  expect(theilSen(line(10, 3), 0.95)).toEqual({ estimate: 3, lower: 3, upper: 3 })
})

test('known answer, worked by hand', () => {
  // Ten slopes: 1, 1.5, 2, 2, 2.25, 7/3, 7/3, 2.5, 3, 4. Of the 120 orders of five, 115 have at most 8 inversions (96 %),
  // 106 at most 7 (88 %): the ninth slope from either end is the bound at 95 %.
  const points = [0, 2, 3, 7, 9].map((y, index) => ({ x: index + 1, y }))
  const found = theilSen(points, 0.95)
  expect(found?.estimate).toBeCloseTo((2.25 + 7 / 3) / 2, 12)
  expect([found?.lower, found?.upper]).toEqual([1.5, 3])
  expect(theilSen(points, 0.88)?.upper).toBe(2.5)
})

test('a quarter of wild readings hardly moves it', () => {
  const wild = line(30, 2, (index) => (index % 4 === 1 ? 1_000 : 0))
  expect(theilSen(wild, 0.95)?.estimate).toBeCloseTo(2, 0)
})

test('too few points have no bounds, nor have two of one instant', () => {
  expect(theilSen(line(3, 1), 0.95)).toBeNull()
  expect(theilSen([], 0.95)).toBeNull()
  expect(theilSen([...line(9, 1), { x: 0, y: 5 }], 0.95)).toBeNull()
})

test('each bound is missed as often as it says', () => {
  const random = randomFrom('theil-sen')
  const rounds = 600
  const missed = { lower: 0, upper: 0 }
  for (let round = 0; round < rounds; round += 1) {
    const found = theilSen(
      line(15, 0.5, () => random.float() + random.float() - 1),
      0.95,
    )
    if (found === null) throw new Error('no bounds')
    if (found.lower > 0.5) missed.lower += 1
    if (found.upper < 0.5) missed.upper += 1
  }
  for (const count of Object.values(missed)) {
    expect(count / rounds).toBeLessThan(0.075)
    expect(count / rounds).toBeGreaterThan(0.02)
  }
})
