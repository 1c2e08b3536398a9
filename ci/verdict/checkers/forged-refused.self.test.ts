import { describe, expect, test } from 'vitest'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { runChecker, violationsBeyondNoise } from './registry.ts'

type Item = HistoryItem<'forged-refused'>
type Link = Extract<Item, { type: 'used' }>['links'][number]

const check = (items: readonly unknown[]) => runChecker('forged-refused', items)
const tried = (outcome: string) => ({ type: 'tried', item: 'signature of join: stripped', outcome })
const used = (...links: readonly Partial<Link>[]): Item => ({
  type: 'used',
  links: links.map((link, index) => ({ link: `a>${index}`, ranges: [], forged: [], ...link })),
})

describe('what the suite said itself', () => {
  test('is clean where all of it was refused', () => {
    expect(check([tried('refused'), tried('refused')])).toEqual([])
  })

  test('is a violation where it was taken, whatever delays there are', () => {
    const said = ['not refused, signature of join: stripped: accepted']
    expect(check([tried('refused'), tried('accepted')])).toEqual(said)
    expect(violationsBeyondNoise('forged-refused', [tried('accepted')])).toEqual(said)
  })

  test('is one that may be late where nothing was answered', () => {
    expect(check([tried('unanswered')])).toHaveLength(1)
    expect(violationsBeyondNoise('forged-refused', [tried('unanswered')])).toEqual([])
  })
})

describe('beacons that were used', () => {
  test.each<[string, Partial<Link>]>([
    ['one after the other', { ranges: [[1, 500]] }],
    [
      'with some missing',
      {
        ranges: [
          [1, 500],
          [502, 600],
        ],
      },
    ],
    [
      'one after a later one',
      {
        ranges: [
          [1, 7],
          [9, 9],
          [8, 8],
          [10, 12],
        ],
      },
    ],
  ])('are clean: %s', (_, link) => {
    expect(check([used(link, { ranges: [[1, 500]] })])).toEqual([])
  })

  test('are violations where they say that they were forged', () => {
    const items = [used({ ranges: [[1, 9]] }, { ranges: [[1, 3]], forged: [7, 8] }, { forged: [9] })]
    const said = ['no forged or altered beacon is used: 3 used, 2 of them on a>1']
    expect(check(items)).toEqual(said)
    expect(violationsBeyondNoise('forged-refused', items)).toEqual(said)
  })

  test('are violations where a number is used again, within a range, at its end, and by a forgery', () => {
    const again = (...ranges: Link['ranges']) => check([used({ ranges })])?.[0]
    expect(again([1, 9], [4, 5])).toMatch(/^no beacon is used twice: 2 used again, 2 of them on a>0$/)
    expect(again([1, 9], [9, 12])).toMatch(/: 1 used again/)
    expect(again([5, 5], [5, 5], [5, 5])).toMatch(/: 2 used again/)
    expect(check([used({ ranges: [[1, 9]], forged: [4] })])).toHaveLength(2)
  })

  test('of another fault are other beacons: who begins anew has its numbers again', () => {
    expect(check([used({ ranges: [[1, 9]] }), used({ ranges: [[1, 9]] })])).toEqual([])
  })

  test('say nothing in a range that no counting gives', () => {
    expect(check([used({ ranges: [[9, 1]] })])).toEqual(['a>0: a range of numbers ends before it begins'])
  })
})
