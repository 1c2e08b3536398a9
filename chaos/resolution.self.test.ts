import { expect, test } from 'vitest'
import { course, crashed, detectsAfter } from './sample-course.ts'

// Neither falls on an instant at which anybody asks who does so every 50 ms.
test.each([
  ['at once', () => 0, 10],
  ['in 3 ms', () => 3, 10],
  ['in 20 ms', () => 20, 60],
])(
  'a crash is known to 10 ms where the target answers %s, or as well as that allows',
  async (_, readMs, resolutionMs) => {
    const { timings } = await course(detectsAfter(1_213, 2_013), crashed, { readMs })
    for (const [known, trueS] of [
      [timings?.detection, 1.213],
      [timings?.recovery, 2.013],
    ] as const) {
      const { s = Number.NaN, resolutionS = Number.NaN } = known ?? {}
      expect(resolutionS).toBeLessThanOrEqual(resolutionMs / 1_000)
      expect(s).toBeGreaterThanOrEqual(trueS)
      expect(s - resolutionS).toBeLessThanOrEqual(trueS)
    }
  },
)

test('a time says so where nobody asked for a while', async () => {
  let readings = 0
  const stalls = () => (++readings === 40 ? 2_500 : 0)
  const { timings } = await course(detectsAfter(1_213, 2_013), crashed, { readMs: stalls })
  const { s = Number.NaN, resolutionS = Number.NaN } = timings?.recovery ?? {}
  expect(resolutionS).toBeGreaterThan(2.5)
  expect(s).toBeGreaterThan(2.5)
  expect(s - resolutionS).toBeLessThanOrEqual(2.013)
})

test('what is noticed before its effect is proven is known as exactly', async () => {
  const { timings, record } = await course(detectsAfter(87, 2_013), crashed)
  expect((record.effectProvenAtMs ?? 0) - record.injectedAtMs).toBeGreaterThan(150)
  expect(timings?.detection?.resolutionS).toBeLessThanOrEqual(0.01)
  expect(timings?.detection?.s).toBeLessThanOrEqual(0.097)
})

test('what has broken its promise is known as well as it is watched', async () => {
  const { timings } = await course(detectsAfter(1_200, 7_013), crashed)
  expect(timings?.recovery?.s).toBeGreaterThanOrEqual(7.013)
  expect(timings?.recovery?.resolutionS).toBe(0.05)
})
