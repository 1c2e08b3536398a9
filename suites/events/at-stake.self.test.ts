import { expect, test } from 'vitest'
import type { AlertArrival } from '../contract/receiver-target.ts'
import { atStakePremise, killsPremise, underWayAt } from './at-stake.ts'

const accepted = [
  { id: 'a', atMs: 100 },
  { id: 'b', atMs: 900 },
  { id: 'c', atMs: 1_100 },
]
const arrived = (eventId: string, atMs: number) => ({ eventId, atMs }) as AlertArrival

test('under way is what was accepted before the kill and had no answer of its receiver yet', () => {
  const under = (...arrivals: AlertArrival[]) => underWayAt(1_000, accepted, { arrivals, answerAfterMs: 200 })
  expect(under(arrived('a', 150), arrived('b', 850), arrived('c', 1_150))).toBe(1)
  expect(under(arrived('a', 150), arrived('b', 800), arrived('c', 1_150))).toBe(0)
  expect(under(arrived('a', 150))).toBe(1)
  expect(under()).toBe(2)
})

test('a kill with nothing at stake is a broken control', () => {
  expect([0, 1, 9].map((atStake) => atStakePremise(atStake, '').measured)).toEqual([1, 0, 0])
})

test('twelve kills where twenty are claimed are a broken premise, and more than claimed are none', () => {
  const measured = [0, 12, 20, 40].map((killed) => killsPremise('event-replica', killed, 20).measured)
  expect(measured).toEqual([20, 8, 0, 0])
})
