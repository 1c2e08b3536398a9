import { describe, expect, test } from 'vitest'
import { sla } from '../sla.config.ts'
import { isolation } from './faults/isolation.ts'
import { oneWayCut } from './faults/one-way-cut.ts'
import { randomFrom } from '../suites/contract/random.ts'
import { sidesOf } from './sight.ts'

const meshOf = (size: number) => Array.from({ length: size }, (_, index) => `node-${index}`)

/** Fewest nodes that one may know, where so many are gone, by a bound of `sla.config.ts`. */
function fewestKnown(size: number, gone: number, viewShareMin: number): number {
  const nodes = meshOf(size)
  const side = sidesOf(new Set(nodes), [], new Set(nodes.slice(0, gone))).get(`node-${size - 1}`) ?? 0
  return Math.ceil(viewShareMin * side)
}

describe('a bound on what a living node knows', () => {
  const { rows } = sla.chaos

  // Of 6 and 8 containers one that had crashed was more than 2 %, and of 50 one that was isolated more than 1 %.
  test.each(['CHAOS-NET-2', 'CHAOS-NET-3', 'CHAOS-NODE-1', 'CHAOS-NODE-5'] as const)(
    '%s lets every mesh lose whom the fault has taken, and a small one nobody else',
    (id) => {
      const { viewShareMin } = rows[id].during
      for (const size of [6, 20, 50]) expect(fewestKnown(size, 1, viewShareMin)).toBe(size - 1)
    },
  )

  test('means of 100 nodes what it always did', () => {
    const of100 = (id: 'CHAOS-NET-2' | 'CHAOS-NET-3' | 'CHAOS-NODE-1', gone = 1) =>
      fewestKnown(100, gone, rows[id].during.viewShareMin)
    expect([of100('CHAOS-NET-2'), of100('CHAOS-NET-3'), of100('CHAOS-NODE-1')]).toEqual([98, 99, 98])
    expect(fewestKnown(100, 10, rows['CHAOS-NODE-3'].during.viewShareMin)).toBe(90)
  })

  test('counts nobody whom a cut in one direction or in both has taken from everybody', () => {
    for (const kind of [isolation, oneWayCut])
      expect(new Set(kind.severs(kind.draw(2)(['a', 'b'], randomFrom('cut'))))).toEqual(new Set(['a', 'b']))
  })

  test('counts of each group its own who live', () => {
    const sides = sidesOf(new Set(meshOf(6)), [['node-0', 'node-1']], new Set(['node-1', 'node-5']))
    expect([...sides.values()].toSorted((one, other) => one - other)).toEqual([1, 1, 3, 3, 3, 3])
  })
})
