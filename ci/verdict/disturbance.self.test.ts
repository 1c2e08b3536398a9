import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Evidence, Observation } from '../../suites/evidence/record.ts'
import { beyondDisturbance, disturbedShare, undisturbedName } from './disturbance.ts'
import { checks, judged, latencies, record } from './sample-evidence.ts'

/** Of a hundred seconds so many were disturbed. */
const disturbed = (seconds: number): Observation => ({
  type: 'proportion',
  name: undisturbedName,
  good: 100 - seconds,
  total: 100,
})
const seen = (good: number, bad: number, seconds: number, change: Partial<Evidence> = {}): Evidence =>
  record({ observations: [latencies(good, bad), disturbed(seconds)], ...change })

test('a failure that the disturbed time can explain is doubt, and may escalate', () => {
  expect(judged('latency', [seen(950, 50, 0)])).toMatchObject({ verdict: 'FAIL' })
  expect(judged('latency', [seen(950, 50, 6)])).toMatchObject({
    verdict: 'INCONCLUSIVE',
    escalate: true,
    reason: expect.stringContaining('others took what the run needed in 6 % of the time, which can explain it'),
  })
})

test('a slow target hides behind no disturbance that is smaller than its slowness', () => {
  expect(judged('latency', [seen(700, 300, 6)])).toMatchObject({ verdict: 'FAIL' })
  expect(judged('latency', [seen(0, 1_000, 20)])).toMatchObject({ verdict: 'FAIL' })
  // Where the machine was never the run's own, nothing can be said of it.
  expect(judged('latency', [seen(0, 1_000, 100)])).toMatchObject({ verdict: 'INCONCLUSIVE' })
})

test('who keeps the promise in spite of it has kept it', () => {
  expect(judged('latency', [seen(1_000, 0, 40)])).toMatchObject({ verdict: 'PASS' })
})

test('what fails under every timing is excused by none', () => {
  const forged = checks(1, [{ check: 'forged batch is refused', seen: 'it was used', noise: false }])
  const observations = [latencies(950, 50), disturbed(6), forged]
  expect(judged('latency', [record({ observations })])).toMatchObject({ verdict: 'FAIL' })
})

test('of an escalation only the second stage counts where the first was excused', () => {
  const second = seen(2_000, 0, 0, { stage: 1 })
  expect(judged('latency', [seen(950, 50, 6), second])).toMatchObject({ verdict: 'PASS', n: 2_000 })
  expect(judged('latency', [seen(991, 9, 6), second])).toMatchObject({ verdict: 'PASS', n: 3_000 })
})

test('disturbance turns no other verdict into a failure or a success, and less of it excuses less', () => {
  const counts = fc.integer({ min: 0, max: 2_000 })
  fc.assert(
    fc.property(counts, counts, fc.integer({ min: 0, max: 100 }), (good, bad, seconds) => {
      const [quiet, noisy] = [judged('latency', [seen(good, bad, 0)]), judged('latency', [seen(good, bad, seconds)])]
      if (quiet.verdict !== 'FAIL') expect(noisy.verdict).toBe(quiet.verdict)
      else expect(['FAIL', 'INCONCLUSIVE']).toContain(noisy.verdict)
      if (noisy.verdict !== 'FAIL' || seconds === 0) return
      expect(judged('latency', [seen(good, bad, seconds - 1)]).verdict).toBe('FAIL')
    }),
    { numRuns: 60 },
  )
})

test('without a watch nothing is disturbed; a share takes its samples from those over the limit', () => {
  expect(disturbedShare({ proportions: [] })).toBe(0)
  expect(beyondDisturbance({ over: 50, n: 1_000 }, 0.02)).toEqual({ over: 30, n: 980 })
  expect(beyondDisturbance({ over: 5, n: 1_000 }, 1)).toEqual({ over: 0, n: 0 })
})
