import { expect, test } from 'vitest'
import { runChecker } from './registry.ts'

type Case = { readonly title: string; readonly items: readonly unknown[]; readonly says: readonly string[] }

const posted = (id: string, outcome = 'ok', mesh = 'm') => ({ type: 'posted', mesh, id, outcome })
const holders = (read: string, ...nodes: readonly string[]) => ({ type: 'holders', mesh: 'm', read, nodes })
const set = (name: string, ...ids: readonly string[]) => ({ type: 'set', mesh: 'm', set: name, ids })
const heldSet = (read: string, node: string, name: string) => ({ type: 'held', mesh: 'm', read, node, set: name })
const found = (...ids: readonly string[]) => ({ type: 'found', mesh: 'm', ids })
const idle = 'm: no delta was acknowledged before a read'
const both = (name: string) => [holders('1', 'a', 'b'), heldSet('1', 'a', name), heldSet('1', 'b', name)]

const cases: readonly Case[] = [
  { title: 'all hold all', items: [posted('x'), set('s', 'x'), ...both('s')], says: [] },
  { title: 'empty and quiet', items: [set('s'), ...both('s')], says: [idle] },
  {
    title: 'found before the first post, and still held by all',
    items: [found('w'), posted('x'), set('s', 'w', 'x'), ...both('s')],
    says: [],
  },
  {
    title: 'found before the first post, then held by some only',
    items: [
      found('w'),
      posted('x'),
      set('s', 'w', 'x'),
      set('t', 'x'),
      holders('1', 'a', 'b'),
      heldSet('1', 'a', 's'),
      heldSet('1', 'b', 't'),
    ],
    says: ['m, read 1: nodes differ over delta w: missing at b of 2'],
  },
  {
    title: 'indefinite: held by all',
    items: [posted('o'), posted('x', 'indefinite'), set('s', 'o', 'x'), ...both('s')],
    says: [],
  },
  {
    title: 'indefinite: held by none',
    items: [posted('o'), posted('x', 'indefinite'), set('s', 'o'), ...both('s')],
    says: [],
  },
  {
    title: 'acknowledged after the read',
    items: [set('s'), ...both('s'), posted('x')],
    says: [idle],
  },
  {
    title: 'indefinite first, acknowledged by a repeated post, then refused: it stays',
    items: [posted('x', 'indefinite'), posted('x'), posted('x', 'definite'), set('s'), ...both('s')],
    says: ['m, read 1: acknowledged delta x is missing at a, b'],
  },
  {
    title: 'lost at one',
    items: [
      posted('x'),
      set('s', 'x'),
      set('t'),
      holders('1', 'a', 'b'),
      heldSet('1', 'a', 's'),
      heldSet('1', 'b', 't'),
    ],
    says: ['m, read 1: acknowledged delta x is missing at b'],
  },
  {
    title: 'lost at the second read',
    items: [posted('x'), set('s', 'x'), set('t'), ...both('s'), holders('2', 'a'), heldSet('2', 'a', 't')],
    says: ['m, read 2: acknowledged delta x is missing at a'],
  },
  { title: 'invented', items: [set('s', 'y'), ...both('s')], says: ['m, read 1: delta y was never posted', idle] },
  {
    title: 'posted in another world',
    items: [posted('x', 'ok', 'other'), set('s', 'x'), ...both('s')],
    says: ['other: no read', 'm, read 1: delta x was never posted', idle],
  },
  {
    title: 'refused, yet there',
    items: [posted('x', 'definite'), set('s', 'x'), ...both('s')],
    says: ['m, read 1: refused delta x appears', idle],
  },
  {
    title: 'not converged over an open one',
    items: [
      posted('x', 'indefinite'),
      set('s', 'x'),
      set('t'),
      holders('1', 'a', 'b'),
      heldSet('1', 'a', 's'),
      heldSet('1', 'b', 't'),
    ],
    says: ['m, read 1: nodes differ over delta x: missing at b of 2', idle],
  },
  {
    title: 'not read',
    items: [set('s'), holders('1', 'a', 'b'), heldSet('1', 'a', 's')],
    says: ['m, read 1: node b: was not read', idle],
  },
  {
    title: 'twice in one log',
    items: [posted('x'), set('s', 'x', 'x'), ...both('s')],
    says: ['m, read 1: node a: lists a delta twice', 'm, read 1: node b: lists a delta twice'],
  },
  { title: 'nobody', items: [holders('1')], says: ['m, read 1: nobody is said to hold anything', idle] },
  { title: 'never read', items: [posted('x')], says: ['m: no read'] },
]

test.each(cases)('deltas-converged: $title', ({ items, says }) => {
  expect(runChecker('deltas-converged', items)).toEqual(says)
})

test.each([null, 7, 'text', {}, { type: 'nonsense' }, { type: 'held', mesh: 'm' }])(
  '%j is a violation, not a crash',
  (item) => {
    expect(runChecker('deltas-converged', [item])?.[0]).toMatch(/^item 1 is malformed/)
  },
)
