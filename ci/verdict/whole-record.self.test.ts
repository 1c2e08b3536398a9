import { expect, test } from 'vitest'
import type { Evidence } from '../../suites/evidence/record.ts'
import { checks, judged, latencies, premise, record, row, series } from './sample-evidence.ts'

const fast = (premises: Evidence['premises']) => record({ observations: [latencies(2_000, 0)], premises })
const demanded = { premises: ['target alive', 'foreign load'] }
const [alive, quiet] = [premise('target alive', 0, false), premise('foreign load', 0.1, true)]

test('a premise that the plan demands and the record lacks was not kept', () => {
  expect(judged('latency', [fast([alive, quiet])], demanded)).toMatchObject({ verdict: 'PASS' })
  for (const [left, lacking] of [
    [[], 'target alive'],
    [[alive], 'foreign load'],
    [[quiet], 'target alive'],
  ] as const) {
    expect(judged('latency', [fast([...left])], demanded)).toMatchObject({
      verdict: 'INCONCLUSIVE',
      escalate: false,
      reason: expect.stringContaining(`premise ${lacking} was not recorded`),
    })
  }
})

test('an exact row may pass late, but not without its premises', () => {
  const late = { ...premise('schedule lag p99', 9, true), spoils: 'failures' as const }
  const words = [[], [late], [late, alive], [late, alive, quiet]].map(
    (premises) => judged('invariant', [record({ observations: [checks(3)], premises })], demanded).verdict,
  )
  expect(words).toEqual(['INCONCLUSIVE', 'INCONCLUSIVE', 'INCONCLUSIVE', 'PASS'])
})

test('what is broken says more than what is not there', () => {
  const busy = premise('foreign load', 9, true)
  expect(judged('latency', [fast([busy])], demanded).reason).toMatch('premise broken: foreign load')
})

test('of a series with a declared number of measurements none may be missing; a violation counts all the same', () => {
  const three = { row: { ...row, values: 3 } }
  const of = (...values: number[]) =>
    judged('ceiling', [record({ observations: [series(values, 0, '1')] })], three).verdict
  expect([of(0.1, 0.2, 0.1), of(0.1), of(0.1, 0.2), of(0.1, 0.9)]).toEqual([
    'PASS',
    'INCONCLUSIVE',
    'INCONCLUSIVE',
    'FAIL',
  ])
})
