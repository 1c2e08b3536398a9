import { expect, test } from 'vitest'
import { randomFrom } from '../contract/random.ts'
import { apartMax } from './agreement.ts'

test('chance does not part two honest samples as far as that, a promise that is far too high does', () => {
  const random = randomFrom('agreement')
  const found = (of: number, likelihood: number) => {
    let n = 0
    for (let index = 0; index < of; index += 1) if (random.float() < likelihood) n += 1
    return { share: n / of, of }
  }
  const apart = Array.from({ length: 1_000 }, () => {
    const [seen, told] = [found(410, 0.93), found(328, 0.93)]
    return Math.abs(seen.share - told.share) / apartMax(seen, told)
  })
  expect(Math.max(...apart)).toBeLessThan(1)
  // Far enough for a bound of three deviations to be broken.
  expect(Math.max(...apart)).toBeGreaterThan(3 / 5)
  expect(apartMax(found(410, 0.8), { share: 0.95, of: 328 })).toBeLessThan(0.15)
})
