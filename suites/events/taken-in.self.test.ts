import { expect, test } from 'vitest'
import { takenInAround } from './taken-in.ts'

const event = (sentAtMs: number, atMs: number) => ({ sentAtMs, atMs })
const before = [event(0, 40), event(900, 950)]
/** Sent to the living, answered when the process was dead. */
const underWay = event(990, 1_010)

test('events that were sent after a kill tell when they were taken in again, the first answer counts', () => {
  const accepted = [...before, underWay, event(1_100, 4_000), event(3_400, 3_500)]
  expect(takenInAround(1_000, accepted)).toEqual({ before: 2, againAfterS: 2.5 })
})

test('what was under way at the kill shows nothing', () => {
  expect(takenInAround(1_000, [...before, underWay])).toEqual({ before: 2, againAfterS: null })
  expect(takenInAround(1_000, [underWay, event(1_001, 1_101)])).toEqual({ before: 0, againAfterS: 0.101 })
})

test('of no events there are none', () => {
  expect(takenInAround(1_000, [])).toEqual({ before: 0, againAfterS: null })
})
