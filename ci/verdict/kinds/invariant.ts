import type { Verdict } from '../../../suites/evidence/verdict.ts'
import { figure } from '../figures.ts'
import { fail, inconclusive, pass, type Case } from '../finding.ts'
import { named, type Pooled } from '../pool.ts'

/** The first failed check among all that were recorded, with how many failed; null if none did. */
export function failedChecks(
  pooled: Pooled,
): { readonly reason: string; readonly failed: number; readonly total: number } | null {
  const failed = pooled.checks.flatMap((checks) => checks.failed)
  const total = pooled.checks.reduce((sum, checks) => sum + checks.total, 0)
  const count = pooled.checks.reduce((sum, checks) => sum + (checks.failedCount ?? checks.failed.length), 0)
  const [first] = failed
  if (first === undefined) return null
  return {
    reason: `${figure(count)} of ${figure(total)} checks failed, first: ${first.check}: ${first.seen}`,
    failed: count,
    total,
  }
}

/** Zero budget: something was checked, and nothing was violated. A counter of the objective's name counts violations. */
export function judgeInvariant({ id, pooled, itemsClean }: Case<'invariant'>): Verdict {
  const checked = pooled.checks.reduce((sum, checks) => sum + checks.total, 0)
  const proportions = named(pooled.proportions, id)
  const n = checked + itemsClean + proportions.reduce((sum, { total }) => sum + total, 0)
  const numbers: Partial<Verdict> = { n, limit: 0, unit: 'violations' }
  const failed = failedChecks(pooled)
  if (failed !== null) return fail(failed.reason, { ...numbers, observed: failed.failed })
  const counted = named(pooled.counters, id).find(({ value }) => value > 0)
  if (counted !== undefined)
    return fail(`${figure(counted.value)} violations of ${counted.name}`, { ...numbers, observed: counted.value })
  const short = proportions.find(({ good, total }) => good < total)
  if (short !== undefined) {
    const { name, good, total } = short
    return fail(`${name} holds for ${figure(good)} of ${figure(total)}`, { ...numbers, observed: total - good })
  }
  if (n === 0) return inconclusive(`nothing was checked for ${id}`)
  const what = [
    ...(checked > 0 ? [`${figure(checked)} checks`] : []),
    ...(itemsClean > 0 ? [`${figure(itemsClean)} history items`] : []),
    ...proportions.map(({ name, total }) => `${figure(total)} of ${name}`),
  ]
  return pass(`${what.join(' and ')}, no violation`, { ...numbers, observed: 0 })
}
