import { sla } from '../sla.config.ts'

/**
 * What faults cost in 30 days: the declared number of them times the upper bound of one recovery, which is the promised
 * limit (few runs bound no tail) unless a run took longer. Null when one never recovered, or none was seen.
 */
export function outageBudgetS(recoveriesS: readonly (number | null)[], promisedS: number): number | null {
  const seen = recoveriesS.filter((seconds) => seconds !== null)
  if (recoveriesS.length === 0 || seen.length < recoveriesS.length) return null
  return sla.chaos.declaredFaultsPer30Days * Math.max(promisedS, ...seen)
}
