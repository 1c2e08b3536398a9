import { expect, test } from 'vitest'
import { Awaited, pauseMs, timed } from './awaited.ts'

/** A question and its answer. */
const at = (askedAtMs: number, answeredAtMs: number) => ({ askedAtMs, answeredAtMs })

test('an instant is told by the answer that shows it, and lies after the last question without it', () => {
  const awaited = new Awaited(1_000)
  expect(awaited.look(false, at(1_010, 1_012))).toBeNull()
  expect(awaited.look(false, at(1_020, 1_024))).toBeNull()
  expect(awaited.look(true, at(1_026, 1_029.2))).toEqual({ atMs: 1_029.2, resolutionMs: 10 })
  // Once it is there, later answers change nothing.
  expect(awaited.look(true, at(1_100, 1_200))).toEqual({ atMs: 1_029.2, resolutionMs: 10 })
})

test('what the first answer shows lies after the instant from which it counts', () => {
  expect(new Awaited(1_000).look(true, at(1_100, 1_103))).toEqual({ atMs: 1_103, resolutionMs: 103 })
  expect(new Awaited(1_000).look(true, at(1_000.2, 1_000.3))?.resolutionMs).toBe(1)
})

test('what is lost again is waited for anew', () => {
  const awaited = new Awaited(0)
  awaited.look(true, at(100, 101))
  expect(awaited.look(false, at(150, 151))).toBeNull()
  expect(awaited.look(true, at(157, 158))).toEqual({ atMs: 158, resolutionMs: 8 })
})

test.each([
  ['in between', 1_013, 1_013],
  ['in the future', 2_000, 1_019],
  ['before it was asked for', 3, 1_010],
  ['before the clock began', -5, 1_010],
])('an instant that is told counts as far as it can be: %s', (_, toldMs, atMs) => {
  const awaited = new Awaited(1_000)
  awaited.look(false, at(1_010, 1_011))
  expect(awaited.told(toldMs, at(1_018, 1_019))).toEqual({ atMs, resolutionMs: 1 })
})

test('a time is never told better than it is known, and clocks that differ are none', () => {
  expect(timed(null, 5)).toBeNull()
  expect(timed({ atMs: 1_250, resolutionMs: 9 }, 1_000)).toEqual({ s: 0.25, resolutionS: 0.009 })
  expect(timed({ atMs: 999.5, resolutionMs: 1 }, 1_000)?.s).toBe(0)
  expect(() => timed({ atMs: 900, resolutionMs: 1 }, 1_000)).toThrow(/dates a fault or its end 100 ms after/)
})

test.each([
  [0, 0, 9],
  [2, 2, 5],
  // What else was done meanwhile counts as well, and who takes long is left alone for as long.
  [2, 3, 4],
  [4, 4, 4],
  [40, 40, 40],
])('where an answer takes %i ms and the whole turn %i ms, the next question waits for %i ms', (tookMs, turnMs, ms) => {
  const clock = { nowMs: () => 1_000 + turnMs, sleep: async () => undefined }
  expect(pauseMs(clock, at(1_000, 1_000 + tookMs))).toBe(ms)
})
