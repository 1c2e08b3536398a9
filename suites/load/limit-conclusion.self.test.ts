import { expect, test } from 'vitest'
import type { Capacity } from '../analysis/capacity.ts'
import type { Premise } from '../evidence/record.ts'
import type { Observe } from '../evidence/recorder.ts'
import { conclude } from './limit-conclusion.ts'

function concluded(found: Pick<Capacity, 'ended' | 'lastHeld' | 'firstFailed'>, drift: number | null = 0.05) {
  const premises: Premise[] = []
  const told: string[] = []
  const counted: number[] = []
  const observe: Pick<Observe, 'count' | 'premise'> = {
    count: (_name, _unit, value) => void counted.push(value),
    premise: (premise) => {
      told.push(premise.claim)
      if (premise.measured > premise.limit) premises.push(premise)
    },
  }
  conclude(
    { observe: observe as Observe, log: () => undefined },
    { ...found, interval: [null, null], tries: [] },
    { nodes: 1_100, drift },
  )
  const broken = premises.map(({ claim }) => claim)
  return { details: premises.map(({ claim, detail }) => detail ?? claim), counted, broken, told }
}

test('a closed bracket tells its ends', () => {
  expect(concluded({ ended: 'bracketed', lastHeld: 900, firstFailed: 1_000 })).toEqual({
    details: [],
    counted: [1_000, 900],
    broken: [],
    told: ['limit found', 'machine speed'],
  })
})

test.each([
  ['premise broke', 900, null, 'N > 900: the measuring side gave out first'],
  ['premise broke', 900, 2_000, 'N > 900: the measuring side gave out first'],
  ['never failed', 20_000, null, 'N > 20000: no size failed'],
  ['failed at once', null, 300, /failed when it was repeated/],
] as const)('%s after %s held and %s failed is no limit', (ended, lastHeld, firstFailed, why) => {
  const { details, counted, broken } = concluded({ ended, lastHeld, firstFailed })
  expect(counted).toEqual([])
  expect(details).toEqual([expect.stringMatching(why)])
  expect(broken).toEqual(['limit found'])
})

test.each([
  [0.55, 'machine speed'],
  [null, /no smaller size held when it was measured again after 1000 nodes failed; run the row again/],
])('a size that failed at another speed of the machine (%s) breaks a premise, which says why', (drift, said) => {
  const { details } = concluded({ ended: 'bracketed', lastHeld: 900, firstFailed: 1_000 }, drift)
  expect(details).toEqual([expect.stringMatching(said)])
})
