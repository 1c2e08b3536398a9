import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pairsToBound, signedRankChances, signedRankCritical, signedRankShift } from './signed-rank.ts'

/** Ranks of absolute values, ties sharing the mean of theirs. */
function ranksOf(values: readonly number[]): readonly number[] {
  const sizes = values.map(Math.abs)
  return sizes.map((size) => {
    const below = sizes.filter((other) => other < size).length
    const same = sizes.filter((other) => other === size).length
    return below + (same + 1) / 2
  })
}

/** P(T⁺ ≥ what was seen) by trying all 2ⁿ signs: the test itself, as Wilcoxon told it. */
function greaterByTrying(differences: readonly number[]): number {
  const ranks = ranksOf(differences)
  const seen = ranks.reduce((sum, rank, index) => sum + ((differences[index] ?? 0) > 0 ? rank : 0), 0)
  let asLarge = 0
  for (let signs = 0; signs < 2 ** ranks.length; signs += 1) {
    const sum = ranks.reduce((total, rank, index) => total + ((signs >> index) & 1 ? rank : 0), 0)
    if (sum >= seen) asLarge += 1
  }
  return asLarge / 2 ** ranks.length
}

test('chances of rank sums are those of all 2ⁿ signs', () => {
  for (const n of [1, 2, 5, 9]) {
    const counts = Array.from({ length: (n * (n + 1)) / 2 + 1 }, () => 0)
    for (let signs = 0; signs < 2 ** n; signs += 1) {
      const sum = Array.from({ length: n }, (_, index) => ((signs >> index) & 1 ? index + 1 : 0)).reduce(
        (a, b) => a + b,
      )
      counts[sum] = (counts[sum] ?? 0) + 1 / 2 ** n
    }
    expect(signedRankChances(n)).toEqual(counts)
  }
  expect(signedRankChances(200).reduce((sum, chance) => sum + chance)).toBeCloseTo(1, 12)
  expect(() => signedRankChances(0)).toThrow(/1 to 1000 pairs/)
})

test('critical values are those of the printed tables (McCornack 1965)', () => {
  const table = [
    [7, 0.025, 2],
    [8, 0.005, 0],
    [10, 0.05, 10],
    [10, 0.025, 8],
    [10, 0.01, 5],
    [10, 0.005, 3],
    [20, 0.01, 43],
    [20, 0.005, 37],
    [30, 0.05, 151],
    [30, 0.01, 120],
    [30, 0.005, 109],
  ] as const
  for (const [n, share, critical] of table)
    expect([n, share, signedRankCritical(n, share)]).toEqual([n, share, critical])
  expect(signedRankCritical(7, 0.005)).toBe(-1)
})

test('fewest pairs', () => {
  expect([0.95, 0.975, 0.99, 0.995].map(pairsToBound)).toEqual([5, 6, 7, 8])
  for (const confidence of [0.95, 0.99, 0.995]) {
    const n = pairsToBound(confidence)
    const same = (length: number) => signedRankShift(Array<number>(length).fill(1), confidence)
    expect(same(n).lower).toBe(1)
    expect(same(n - 1)).toEqual({ estimate: 1, lower: null, upper: null })
  }
})

test("Hollander and Wolfe's depression scale factors (table 3.1)", () => {
  const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3]
  const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
  const differences = after.map((value, index) => value - (before[index] ?? 0))
  // The book: T⁺ = 5, estimate −0.46, and (−0.786, −0.010) at 96.1 % two-sided.
  const shift = signedRankShift(differences, 1 - 0.039 / 2 - 1e-4)
  expect(shift.estimate).toBeCloseTo(-0.46, 3)
  expect(shift.lower).toBeCloseTo(-0.786, 3)
  expect(shift.upper).toBeCloseTo(-0.01, 3)
  // R: wilcox.test(before, after, paired = TRUE, alternative = "greater"), V = 40, p = 0.01953.
  expect(greaterByTrying(differences.map((value) => -value))).toBeCloseTo(0.01953, 5)
})

test('a shift is below the lower bound exactly when the test over all signs rejects it', () => {
  const differences = fc.uniqueArray(fc.integer({ min: -4_000, max: 4_000 }), { minLength: 5, maxLength: 9 })
  fc.assert(
    fc.property(
      differences,
      fc.constantFrom(0.9, 0.95, 0.975),
      fc.integer({ min: -4_000, max: 4_000 }),
      (all, confidence, at) => {
        // Off the grid of the Walsh averages, so that nothing is tied with the shift.
        const shift = at + 0.123
        const rejected = greaterByTrying(all.map((value) => value - shift)) <= 1 - confidence + 1e-12
        const { lower } = signedRankShift(all, confidence)
        expect(lower !== null && shift < lower).toBe(rejected)
      },
    ),
    { seed: 1, numRuns: 60 },
  )
})

test('bounds mirror, enclose the estimate and widen with confidence', () => {
  const differences = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 8, maxLength: 25 })
  fc.assert(
    fc.property(differences, (all) => {
      const [wide, narrow] = [signedRankShift(all, 0.995), signedRankShift(all, 0.95)]
      const mirrored = signedRankShift(
        all.map((value) => -value),
        0.995,
      )
      expect(mirrored.lower).toBeCloseTo(-(wide.upper ?? Number.NaN), 12)
      const order = [wide.lower, narrow.lower, wide.estimate, narrow.upper, wide.upper]
      expect(order).toEqual(order.toSorted((a, b) => (a ?? 0) - (b ?? 0)))
    }),
    { seed: 1 },
  )
})

test('what has no shift is refused', () => {
  expect(() => signedRankShift([], 0.95)).toThrow(/No shift of 0/)
  expect(() => signedRankShift([1, Number.NaN], 0.95)).toThrow(/finite/)
  expect(() => signedRankShift([1], 0.2)).toThrow(/0\.5/)
})
