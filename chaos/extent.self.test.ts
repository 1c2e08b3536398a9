import { expect, test } from 'vitest'
import { sla } from '../sla.config.ts'
import { randomFrom } from '../suites/contract/random.ts'
import { bearing, lasting, lengthOf, nodesOf } from './extent.ts'

const gate = { plan: 'gate' } as const
const quick = { plan: 'quick' } as const
const release = { plan: 'release' } as const

const drawn = (forMs: (random: ReturnType<typeof randomFrom>) => number): { from: number; to: number } => {
  const lengths = Array.from({ length: 200 }, (_, index) => forMs(randomFrom(`length-${index}`)))
  return { from: Math.min(...lengths), to: Math.max(...lengths) }
}

test('a fault of a quick certification outlasts its lease and what detection may take, and 6 s at most', () => {
  const { from, to } = drawn(lasting(quick, 'CHAOS-NET-1'))
  expect(from).toBeGreaterThanOrEqual(1_000 * Math.max(sla.chaos.leaseS, sla.chaos.detectionS))
  expect(to).toBeLessThanOrEqual(6_000)
  expect(to - from).toBeGreaterThan(900)
  expect(bearing(quick, 'CHAOS-NET-7')()).toBe(6_000)
})

test('in a release it lasts as long as its row says, in a gate it is shorter than either', () => {
  expect(drawn(lasting(release, 'CHAOS-NET-1')).from).toBeGreaterThanOrEqual(20_000)
  expect(bearing(release, 'CHAOS-NET-7')()).toBe(20_000)
  expect(drawn(lasting(gate, 'CHAOS-NET-1')).to).toBeLessThanOrEqual(3_500)
})

test('the label of a row changes nothing about it: a gate is one by its plan', () => {
  for (const scope of ['full', 'compressed'] as const) {
    const asked = { ...quick, scope, tier: 'processes' as const }
    expect(drawn(lasting(asked, 'CHAOS-NET-1')).from).toBeGreaterThanOrEqual(5_000)
    expect(nodesOf(asked, 'CHAOS-NODE-3')(0)).toBe(sla.chaos.nodes)
  }
})

test('a row says how long its fault lasts; one that does not lasts until recovery', () => {
  const once = randomFrom('once')
  expect(lengthOf(release, 'CHAOS-NODE-1')(once)).toBeNull()
  expect(lengthOf(release, 'CHAOS-NET-7')(once)).toBe(20_000)
  expect(lengthOf(release, 'CHAOS-NODE-9')(once)).toBeGreaterThanOrEqual(10_000)
  // The faults of rows of their own last as long as there.
  const { 'CHAOS-NET-1': parted, 'CHAOS-NET-7': lossy, 'CHAOS-CRYPTO-7': rotation } = sla.chaos.rows
  expect([rotation.transientS, rotation.borneS]).toEqual([parted.transientS, lossy.borneS])
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
