import { expect, test } from 'vitest'
import { sla, type PlanName, type Tier } from '../../sla.config.ts'
import type { Claim } from './claims.ts'
import { planRows, uncoveredRows, type Selection } from './plan-rows.ts'
import { Stop } from './stop.ts'

const claim = (requirement: string, tiers: readonly Tier[], shape: string | null = null): Claim => ({
  requirement,
  tiers,
  file: 'x.test.ts',
  shape,
})

const claims = [
  claim('CONTRACT', ['simulation', 'processes']),
  claim('LOAD-100', ['processes']),
  claim('CHAOS-NODE-1', ['simulation', 'processes']),
  claim('EVT-NOLOSS', ['processes']),
  claim('SLA-SIGN-RATE', ['processes']),
  claim('EVT-STEADY', ['processes'], 'events-steady'),
]

const selection: Selection = { plan: 'gate', only: [], tiers: [], offered: ['simulation', 'processes'], repeat: null }

const stopOf = (run: () => unknown): Stop => {
  try {
    run()
  } catch (error) {
    if (error instanceof Stop) return error
  }
  throw new Error('It did not stop.')
}

test('the gate takes every claimed row but those that its plan leaves out', () => {
  const ids = new Set(planRows(claims, selection).map((row) => row.requirement))
  expect(ids).toEqual(new Set(['CONTRACT', 'LOAD-100', 'CHAOS-NODE-1', 'EVT-NOLOSS', 'EVT-STEADY']))
  expect(planRows(claims, { ...selection, only: ['SLA-SIGN-RATE'] }).map((row) => row.requirement)).toContain(
    'SLA-SIGN-RATE',
  )
})

test('who names a tier gets it, whether the plan has it or not; what the target does not offer stays out', () => {
  const both = [claim('CHAOS-NET-1', ['processes', 'containers'])]
  const tiersOf = (tiers: readonly Tier[], offered: readonly Tier[]) =>
    planRows(both, { ...selection, only: ['CHAOS-NET-1'], tiers, offered }).map(({ tier }) => tier)
  expect(tiersOf([], ['processes', 'containers'])).toEqual(['processes'])
  expect(tiersOf(['containers'], ['processes', 'containers'])).toEqual(['containers'])
  expect(() => tiersOf(['containers'], ['processes'])).toThrow('Nothing would be judged')
})

test('a filter keeps conformance beside it, and takes wildcards', () => {
  const rows = planRows(claims, { ...selection, only: ['CHAOS-*'], tiers: ['processes'] })
  expect(rows.map((row) => `${row.requirement}@${row.tier}`)).toEqual(['CONTRACT@processes', 'CHAOS-NODE-1@processes'])
})

test('timed rows of the gate are compressed; the quick plan compresses event scenarios', () => {
  const scopeIn = (plan: 'gate' | 'quick', id: string) =>
    planRows(claims, { ...selection, plan }).find((row) => row.requirement === id)?.scope
  expect([scopeIn('gate', 'LOAD-100'), scopeIn('gate', 'EVT-NOLOSS'), scopeIn('gate', 'EVT-STEADY')]).toEqual([
    'compressed',
    'full',
    'compressed',
  ])
  expect([scopeIn('quick', 'LOAD-100'), scopeIn('quick', 'EVT-STEADY')]).toEqual(['full', 'compressed'])
})

test('a quick certification is compressed where its faults are shorter or its meshes smaller than in a release, nowhere else', () => {
  const tiers = ['simulation', 'processes', 'containers'] as const
  const chaos = Object.keys(sla.chaos.rows).map((id) => claim(id, tiers))
  const scopesIn = (plan: PlanName) =>
    new Map(
      planRows(chaos, { ...selection, plan, tiers, offered: tiers }).map(({ requirement, tier, scope }) => [
        `${requirement}@${tier}`,
        scope,
      ]),
    )
  const quick = scopesIn('quick')
  const whole = ['NET-10', 'NODE-1', 'NODE-4', 'NODE-7', 'NODE-8', 'NODE-10', 'STORE-1', 'STORE-1-b', 'BYZ-6', 'BYZ-8']
  const full = new Set([...whole, 'CRYPTO-4', 'CRYPTO-5', 'UNDER'].map((id) => `CHAOS-${id}`))
  // A tenth of 1,000 nodes crash in a release, of 200 on processes; in containers there are as many in every plan.
  full.add('CHAOS-NODE-3@containers')
  expect(quick.size).toBe(tiers.length * chaos.length)
  for (const [row, scope] of quick) {
    const isFull = full.has(row) || full.has(row.replace(/@.*/, ''))
    expect([row, scope]).toEqual([row, isFull ? 'full' : 'compressed'])
  }
  expect(new Set(scopesIn('release').values())).toEqual(new Set(['full']))
})

test('a gate calls nothing full whose fault is shorter or whose mesh is smaller than in a release', () => {
  const chaos = Object.keys(sla.chaos.rows).map((id) => claim(id, ['simulation', 'processes']))
  const rows = planRows(chaos, { ...selection, only: ['CHAOS-*'] })
  expect(rows.length).toBe(2 * chaos.length)
  expect(rows.filter(({ scope }) => scope === 'full')).toEqual([])
})

test('faults are repeated as the plan says, or as the user asks', () => {
  const repeats = (plan: 'gate' | 'quick', repeat: number | null) =>
    planRows(claims, { ...selection, plan, repeat })
      .filter((row) => row.requirement === 'CHAOS-NODE-1')
      .map((row) => row.repeats)
  expect(repeats('gate', null)).toEqual([59, 1])
  expect(repeats('quick', null)).toEqual([59, 3])
  expect(repeats('quick', 7)).toEqual([7, 7])
})

test('a mistyped id ends with usage and the closest id', () => {
  const stop = stopOf(() => planRows(claims, { ...selection, only: ['LOAD-10O'] }))
  expect([stop.exitCode, stop.message]).toEqual([64, expect.stringContaining('Did you mean LOAD-100?')])
})

test('a filter whose rows nobody claims, or on no tier of the target, judges nothing and says so', () => {
  for (const empty of [
    { only: ['K8S-BASE'] },
    { offered: [] },
    { only: ['LOAD-100'], tiers: ['simulation'] },
  ] as const) {
    const stop = stopOf(() => planRows(claims, { ...selection, ...empty }))
    expect([stop.exitCode, stop.message]).toEqual([2, expect.stringContaining('Nothing would be judged')])
  }
})

test('a row is uncovered on exactly those tiers that nobody claims', () => {
  const uncovered = new Map(uncoveredRows(claims).map(({ id, tiers }) => [id, tiers]))
  expect(uncovered.has('CHAOS-NODE-1') ? uncovered.get('CHAOS-NODE-1') : []).not.toContain('simulation')
  expect(uncovered.get('LOAD-100')).toEqual(['cluster'])
  expect(uncovered.get('K8S-BASE')).toEqual(['cluster'])
  expect(uncovered.has('AUDIT-EXTERNAL')).toBe(false)
})

test('the plan says which premises a live row must carry: of time only where the run starts the target, none in virtual time', () => {
  const premisesOf = (id: string, started: readonly Tier[]) =>
    planRows(claims, { ...selection, started })
      .filter((row) => row.requirement === id)
      .map(({ tier, premises }) => [tier, premises])
  const live = ['target alive', 'foreign load']
  const ofBeacons = ['steady state before', 'receipts complete', 'generator headroom']
  expect(premisesOf('LOAD-100', ['processes'])).toEqual([['processes', [...live, ...ofBeacons]]])
  expect(premisesOf('LOAD-100', [])).toEqual([['processes', ['target alive', ...ofBeacons]]])
  expect(premisesOf('EVT-STEADY', ['processes'])).toEqual([
    ['processes', [...live, 'schedule lag p99', 'dropped iterations', 'generator headroom']],
  ])
  expect(premisesOf('CHAOS-NODE-1', ['processes'])).toEqual([
    ['simulation', undefined],
    ['processes', live],
  ])
})
