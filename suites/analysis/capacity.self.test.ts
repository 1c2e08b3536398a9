import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomFrom } from '../contract/random.ts'
import { searchCapacity, type CapacitySearch, type Outcome } from './capacity.ts'

const options = { from: 100, most: 20_000, growth: 1.5, resolution: 0.05, repeats: 3 } as const
const probeOf = (outcome: (size: number, attempt: number) => Outcome): CapacitySearch => ({
  ...options,
  probe: (size, attempt) => Promise.resolve(outcome(size, attempt)),
})

test('without noise the bracket holds the first failing size and is as narrow as asked', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 101, max: 20_000 }), async (limit) => {
      const found = await searchCapacity(probeOf((size) => (size >= limit ? 'fails' : 'holds')))
      const [lastHeld, firstFailed] = [found.lastHeld ?? 0, found.firstFailed ?? 0]
      expect(found.ended).toBe('bracketed')
      expect(lastHeld).toBeLessThan(limit)
      expect(firstFailed).toBeGreaterThanOrEqual(limit)
      expect(firstFailed - lastHeld).toBeLessThanOrEqual(Math.max(1, lastHeld * options.resolution))
      expect(found.interval).toEqual([lastHeld, firstFailed])
      // Each size twice: the majority of three is certain then.
      expect(found.tries.every(({ attempt }) => attempt < 2)).toBe(true)
    }),
  )
})

test('with noise the interval reaches into the band in which a size may hold or fail', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 300, max: 10_000 }), fc.string(), async (limit, seed) => {
      const random = randomFrom(seed)
      const [low, high] = [limit * 0.8, limit * 1.2]
      const found = await searchCapacity(
        probeOf((size) => (size < low ? 'holds' : size > high ? 'fails' : random.float() < 0.5 ? 'holds' : 'fails')),
      )
      const [held, failed] = found.interval
      expect(held).toBeLessThanOrEqual(high)
      expect(failed ?? low).toBeGreaterThanOrEqual(low)
      expect(found.firstFailed).toBeGreaterThanOrEqual(low)
      expect(found.lastHeld).toBeLessThanOrEqual(high)
      // Where tries contradict one another the interval may not pretend to be the bracket.
      const contradicted = found.tries.some(({ size, outcome }) => outcome === 'holds' && size >= (failed ?? Infinity))
      expect(contradicted).toBe(false)
    }),
  )
})

test('one unlucky run does not end the search early', async () => {
  const found = await searchCapacity(
    probeOf((size, attempt) => (size >= 1_000 || (size < 400 && attempt === 0) ? 'fails' : 'holds')),
  )
  expect(found.lastHeld).toBeGreaterThan(900)
  // The contradiction is told all the same: nothing was agreed below the sizes that failed once.
  expect(found.interval[0]).toBeNull()
})

test('a premise that breaks first is no failure: the last clean size stands', async () => {
  const found = await searchCapacity(probeOf((size) => (size > 500 ? 'unknown' : 'holds')))
  expect(found).toMatchObject({ ended: 'premise broke', lastHeld: 338, firstFailed: null })
})

test('a mesh that fails at once and one that never fails are told apart from a bracket', async () => {
  expect(await searchCapacity(probeOf(() => 'fails'))).toMatchObject({ ended: 'failed at once', lastHeld: null })
  expect(await searchCapacity(probeOf(() => 'holds'))).toMatchObject({ ended: 'never failed', lastHeld: 20_000 })
})

test('a search that can not grow is refused', async () => {
  await expect(searchCapacity({ ...probeOf(() => 'holds'), growth: 1 })).rejects.toThrow('factor above 1')
})
