import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lowerShare, samplesToBound, upperShare } from './clopper-pearson.ts'
import { binomialCdf, incompleteBeta, inverseIncompleteBeta } from './incomplete-beta.ts'
import { median } from '../../suites/evidence/median.ts'
import { quantileRanks, sampleQuantile } from './quantile.ts'

/** P(X ≤ k) added up term by term: the oracle of the incomplete beta function. */
function summedCdf(k: number, n: number, p: number): number {
  let term = (1 - p) ** n
  let sum = term
  for (let i = 0; i < k; i += 1) {
    term *= ((n - i) / (i + 1)) * (p / (1 - p))
    sum += term
  }
  return Math.min(1, sum)
}

const shares = fc
  .integer({ min: 1, max: 500 })
  .chain((n) => fc.record({ n: fc.constant(n), count: fc.integer({ min: 0, max: n }) }))
const confidences = fc.constantFrom(0.9, 0.95, 0.975, 0.99)

test('golden values of Clopper and Pearson', () => {
  // 95 % two-sided = 97.5 % one-sided; value of @stdlib/stats-binomial-test for 299 of 300.
  expect(lowerShare(299, 300, 0.975)).toBeCloseTo(0.9815687479519322, 12)
  expect(upperShare(1, 300, 0.975)).toBeCloseTo(1 - 0.9815687479519322, 12)
  expect(upperShare(0, 299, 0.95)).toBeLessThanOrEqual(0.01)
  expect(upperShare(0, 298, 0.95)).toBeGreaterThan(0.01)
  expect(lowerShare(10, 10, 0.95)).toBeCloseTo(0.05 ** 0.1, 12)
})

test('sample floors of the catalogue', () => {
  expect([0.05, 0.01, 0.001, 0.0001].map((share) => samplesToBound(share, 0.95))).toEqual([59, 299, 2_995, 29_956])
  expect(samplesToBound(0.01, 0.975)).toBe(368)
})

test('the incomplete beta function agrees with sums of binomial terms', () => {
  fc.assert(
    fc.property(shares, fc.double({ min: 0.01, max: 0.7, noNaN: true }), ({ n, count }, p) => {
      expect(binomialCdf(count, n, p)).toBeCloseTo(summedCdf(count, n, p), 9)
    }),
    { seed: 1 },
  )
})

test('the inverse undoes the function, large counts included', () => {
  for (const [a, b] of [
    [1, 1],
    [0.5, 3],
    [30, 2],
    [3, 6_000_000],
    [60_001, 5_940_000],
  ] as const) {
    for (const p of [0.025, 0.05, 0.5, 0.95, 0.975])
      expect(incompleteBeta(inverseIncompleteBeta(p, a, b), a, b)).toBeCloseTo(p, 7)
  }
})

test('bounds enclose the share, tighten with samples and cover as promised', () => {
  fc.assert(
    fc.property(shares, confidences, ({ n, count }, confidence) => {
      const [lower, upper] = [lowerShare(count, n, confidence), upperShare(count, n, confidence)]
      expect(lower).toBeLessThanOrEqual(count / n)
      expect(upper).toBeGreaterThanOrEqual(count / n)
      expect(upperShare(count * 3, n * 3, confidence)).toBeLessThanOrEqual(upper + 1e-12)
      if (count < n) expect(binomialCdf(count, n, upper)).toBeCloseTo(1 - confidence, 9)
      if (count > 0) expect(1 - binomialCdf(count - 1, n, lower)).toBeCloseTo(1 - confidence, 9)
    }),
    { seed: 1 },
  )
})

test('a quantile bound and a share bound are one test', () => {
  fc.assert(
    fc.property(shares, confidences, fc.constantFrom(0.5, 0.95, 0.99), ({ n, count }, confidence, quantile) => {
      const { upper, lower } = quantileRanks(n, quantile, confidence)
      // `count` samples over the limit: ranks up to n − count are within it.
      const share = upperShare(count, n, confidence)
      if (Math.abs(share - (1 - quantile)) > 1e-9)
        expect(upper !== null && upper <= n - count).toBe(share < 1 - quantile)
      if (lower !== null && upper !== null) expect(lower).toBeLessThanOrEqual(upper)
    }),
    { seed: 1 },
  )
})

test('medians and sample quantiles', () => {
  expect(median([])).toBeUndefined()
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(
    sampleQuantile(
      Array.from({ length: 100 }, (_, index) => index + 1),
      0.95,
    ),
  ).toBe(95)
  expect(sampleQuantile([7], 0.95)).toBe(7)
  expect(sampleQuantile([], 0.95)).toBeUndefined()
})

test('a bound of nothing is refused', () => {
  expect(() => upperShare(0, 0, 0.95)).toThrow(/n > 0/)
  expect(() => lowerShare(3, 2, 0.95)).toThrow(/count ≤ n/)
})
