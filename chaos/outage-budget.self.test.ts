import { expect, test } from 'vitest'
import { sla } from '../sla.config.ts'
import { outageBudgetS } from './outage-budget.ts'

const faults = sla.chaos.declaredFaultsPer30Days

test.each<[string, readonly (number | null)[], number | null]>([
  ['few fast recoveries bound no tail', [0.2, 0.3], 5 * faults],
  ['a slower one than promised counts as it was', [0.2, 7], 7 * faults],
  ['one that never came', [0.2, null], null],
  ['none was seen', [], null],
])('%s', (_, recoveriesS, budgetS) => {
  expect(outageBudgetS(recoveriesS, 5)).toBe(budgetS)
})
