import { expect, test } from 'vitest'
import { faults, judged, record, series } from '../sample-evidence.ts'

const late = { ...series([1, 4.9]), resolutions: [0.009, 2.5] }

test('a time counts as the longest that it can have been, however badly it is known, and the verdict says how badly', () => {
  const inTime = judged('recovery', [record({ observations: [late], faults: faults(2) })])
  expect([inTime.verdict, inTime.reason]).toEqual(['PASS', expect.stringMatching(/known to 2,500 ms or better/)])
  const observations = [{ ...late, values: [1, 5] }]
  const tooLate = judged('recovery', [record({ observations, faults: faults(2) })])
  expect([tooLate.verdict, tooLate.reason]).toEqual(['FAIL', expect.stringMatching(/run 2 of 2 took 5 s/)])
})

test.each([
  ['one of them', [0.009], 1],
  ['any', undefined, 0],
])('where nobody says how exactly %s is known, nothing is decided', (_, resolutions, told) => {
  const { resolutions: all, ...untold } = late
  expect(all).toHaveLength(2)
  const observations = [resolutions === undefined ? untold : { ...untold, resolutions }]
  const { verdict, reason } = judged('recovery', [record({ observations, faults: faults(2) })])
  expect([verdict, reason]).toEqual([
    'INCONCLUSIVE',
    expect.stringMatching(`2 runs, of which ${told} say how exactly their time is known`),
  ])
})
