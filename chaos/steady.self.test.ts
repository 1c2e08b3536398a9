import { expect, test } from 'vitest'
import type { MeshNode } from '../suites/contract/mesh.ts'
import { viewDigest } from '../suites/contract/view-digest.ts'
import { expectedFrom, firstUnsteady } from './steady.ts'

const link = (peer: string, state: 'up' | 'suspect' = 'up') => ({ peer, state, quality: 64 })
const ring = (): MeshNode[] =>
  ['a', 'b', 'c', 'd'].map((id, index, all) => ({
    id,
    state: 'up',
    viewSize: 4,
    viewDigest: viewDigest(all),
    links: [link(all[(index + 1) % 4] ?? ''), link(all[(index + 3) % 4] ?? '')],
  }))
const changed = (change: Partial<MeshNode>): MeshNode[] =>
  ring().map((node, index) => (index === 0 ? { ...node, ...change } : node))

test('a mesh in which everyone knows the living is steady', () => {
  expect(firstUnsteady(expectedFrom(ring()))(ring())).toBeNull()
})

test('where a full window is asked for, a link that is still filling is not steady', () => {
  const filling = changed({ links: [{ ...link('b'), quality: 57 }, link('d')] })
  expect(firstUnsteady({ ...expectedFrom(ring()), qualityMin: 58 })(filling)).toBe(
    'a has a link to b of quality 57 of 64',
  )
  expect(firstUnsteady({ ...expectedFrom(ring()), qualityMin: 57 })(filling)).toBeNull()
})

test.each([
  ['a is down', changed({ state: 'down' })],
  ['a knows 3 of 4', changed({ viewSize: 3 })],
  ['a knows as many as are alive, but not just them', changed({ viewDigest: viewDigest(['a', 'b', 'c', 'stranger']) })],
  ['a has a link to b that is suspect', changed({ links: [link('b', 'suspect')] })],
  ['a has a link to ghost that is up', changed({ links: [link('ghost')] })],
  ['a has 0 of 1 links', changed({ links: [] })],
  ['a is missing', ring().slice(1)],
])('otherwise the first reason is told: %s', (reason, nodes) => {
  expect(firstUnsteady(expectedFrom(ring()))(nodes)).toBe(reason)
})
