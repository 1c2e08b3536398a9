import { expect, test } from 'vitest'
import { slowestStretch } from './throughput.ts'

test('a second that is made up for in the next counts with it, where the promise is for stretches of several', () => {
  const counts = [105, 105, 95, 115, 105, 105]
  expect(slowestStretch(counts, 1)).toEqual({ rate: 95, from: 3, overS: 1 })
  expect(slowestStretch(counts, 2)).toEqual({ rate: 100, from: 2, overS: 2 })
})

test('a dip that lasts is seen wherever it begins', () => {
  const counts = [105, 105, 105, 98, 98, 98, 98, 98, 105, 105]
  expect(slowestStretch(counts, 5)).toEqual({ rate: 98, from: 4, overS: 5 })
})

test('of fewer seconds than a stretch has, all count; of none, nothing is slow', () => {
  expect(slowestStretch([90, 110], 5)).toEqual({ rate: 100, from: 1, overS: 2 })
  expect(slowestStretch([], 5).rate).toBe(Number.POSITIVE_INFINITY)
})
