import { expect, test } from 'vitest'
import { sla } from '../sla.config.ts'
import { randomFrom } from '../suites/contract/random.ts'
import { bearing, lasting, nodesOf } from './extent.ts'

const gate = { plan: 'gate', scope: 'compressed' } as const
const quick = { plan: 'quick', scope: 'full' } as const
const release = { plan: 'release', scope: 'full' } as const

const drawn = (forMs: (random: ReturnType<typeof randomFrom>) => number): { from: number; to: number } => {
  const lengths = Array.from({ length: 200 }, (_, index) => forMs(randomFrom(`length-${index}`)))
  return { from: Math.min(...lengths), to: Math.max(...lengths) }
}

test('a fault of a quick certification outlasts its lease and what detection may take, and 6 s at most', () => {
  const { from, to } = drawn(lasting(quick, 20))
  expect(from).toBeGreaterThanOrEqual(1_000 * Math.max(sla.chaos.leaseS, sla.chaos.detectionS))
  expect(to).toBeLessThanOrEqual(6_000)
  expect(to - from).toBeGreaterThan(900)
  expect(bearing(quick)()).toBe(6_000)
  // What is shorter anyway is not drawn out.
  expect(drawn(lasting(quick, 3)).to).toBeLessThanOrEqual(4_000)
})

test('in a release it lasts as long as its row says, in a gate it is shorter than either', () => {
  expect(drawn(lasting(release, 20)).from).toBeGreaterThanOrEqual(20_000)
  expect(bearing(release)()).toBe(20_000)
  expect(drawn(lasting(gate, 20)).to).toBeLessThanOrEqual(3_500)
})

test('meshes larger than the usual one are for a release', () => {
  for (const id of ['CHAOS-NODE-3', 'CHAOS-NET-4', 'CHAOS-NET-1'] as const) {
    const sizes = ['simulation', 'processes'] as const
    for (const tier of sizes) expect([0, 1, 10].map(nodesOf({ ...quick, tier }, id))).toEqual([100, 100, 100])
  }
  expect([0, 1, 10].map(nodesOf({ ...release, tier: 'simulation' }, 'CHAOS-NODE-3'))).toEqual([1_000, 200, 1_000])
  expect(nodesOf({ ...release, tier: 'processes' }, 'CHAOS-NODE-3')(0)).toBe(200)
  expect(nodesOf({ ...gate, tier: 'simulation' }, 'CHAOS-NODE-3')(0)).toBe(40)
})
