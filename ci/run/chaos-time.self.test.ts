import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { sla, type PlanName } from '../../sla.config.ts'
import { chaosSeconds, chaosTime } from './chaos-time.ts'
import { readClaims } from './claims.ts'
import { planRows } from './plan-rows.ts'

const claims = await readClaims(fileURLToPath(new URL('../..', import.meta.url)))

/** What a plan takes on in simulation and on processes. */
const plannedBy = (plan: PlanName) => {
  const tiers = ['simulation', 'processes'] as const
  return { plan, rows: planRows(claims, { plan, only: [], tiers, offered: tiers, repeat: null }) }
}

const total = (planned: Parameters<typeof chaosSeconds>[0]): number =>
  [...chaosSeconds(planned, 2).values()].reduce((sum, seconds) => sum + seconds, 0)

test('all chaos of a quick certification takes no longer than it may, on two cores', () => {
  const quick = plannedBy('quick')
  expect(total(quick)).toBeLessThanOrEqual(sla.chaos.quickS)
  // With faults as long and meshes as large as those of a release it would.
  expect(total({ ...quick, plan: 'release' })).toBeGreaterThan(sla.chaos.quickS)
  expect(total(plannedBy('release'))).toBeGreaterThan(4 * total(quick))
})

test('it is told by tier, and nothing where there is no chaos', () => {
  const [one] = plannedBy('quick').rows.filter(
    ({ requirement, tier }) => requirement === 'CHAOS-NODE-7' && tier === 'simulation',
  )
  expect(one).toBeDefined()
  const rows = one === undefined ? [] : [one, { ...one, tier: 'processes' as const, repeats: 3 }]
  expect(chaosTime({ plan: 'quick', rows }, 2)).toBe('chaos takes about 1 min on simulation, 2 min on processes')
  const other = { requirement: 'LOAD-100', tier: 'processes', scope: 'full', repeats: 3 } as const
  expect(chaosTime({ plan: 'quick', rows: [other] }, 2)).toBeNull()
})
