import { expect, test } from 'vitest'
import { measure, ratiosOf } from './paired.ts'

test('works take turns, every other round in reverse, warm-up is not counted, and each pair gives its own ratio', async () => {
  const order: string[] = []
  let nowMs = 0
  /** Slower from call to call: only times of one round belong together. */
  const work = (name: string, ms: number) => () => {
    order.push(name)
    nowMs += ms * order.length
  }
  const baselines = { other: work('other', 3), known: 1_000 }
  const unit = { count: 1, item: 'call' }
  const measured = await measure({ name: 'b', unit, ours: work('ours', 1), baselines }, () => nowMs)
  expect(order.slice(0, 8)).toEqual(['other', 'ours', 'ours', 'other', 'other', 'ours', 'ours', 'other'])
  expect(order).toHaveLength(2 * 18)
  expect(measured.map(({ name, oursMs }) => [name, oursMs.length])).toEqual([
    ['other', 15],
    ['known', 15],
  ])
  const [other = [], known = []] = measured.map(ratiosOf)
  // Round 0 is calls 7 and 8, ours first; round 1 is calls 9 and 10, the other first.
  expect(other.slice(0, 2)).toEqual([(3 * 8) / 7, (3 * 9) / 10])
  expect(known.slice(0, 2)).toEqual([1_000 / 7, 1_000 / 10])
})
