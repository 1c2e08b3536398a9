import { sla, type BurnTier } from '../sla.config.ts'
import { baseMin, burnThreshold, leastTraffic, reachable } from './burn-rate.ts'
import type { Slo } from './slo.ts'

/** A stretch of constant traffic: how long, how many a minute, which share of them bad. */
export type Stretch = { readonly minutes: number; readonly perMinute: number; readonly badShare: number }

const tiers: readonly BurnTier[] = sla.burnRate.tiers

/** Closer to a threshold than this, the model's minutes can't tell what Prometheus will say. */
const clearance = 0.02

type Minute = { readonly total: number; readonly bad: number }

/** Counts of the base window at each minute: Prometheus sees one step less than the window's minutes, and extrapolates. */
function baseCounts(stretches: readonly Stretch[]): readonly Minute[] {
  const minutes: Minute[] = stretches.flatMap(({ minutes: length, perMinute, badShare }) =>
    Array.from({ length }, () => ({ total: perMinute, bad: perMinute * badShare })),
  )
  return minutes.map((_, index) => {
    const seen = minutes.slice(Math.max(0, index - (baseMin - 2)), index + 1)
    const mean = (pick: (minute: Minute) => number) =>
      (seen.reduce((sum, minute) => sum + pick(minute), 0) / seen.length) * baseMin
    return { total: mean(({ total }) => total), bad: mean(({ bad }) => bad) }
  })
}

function ratioOver(counts: readonly Minute[], minutes: number): number {
  const span = minutes === baseMin ? 1 : minutes - baseMin
  const seen = counts.slice(-span)
  const total = seen.reduce((sum, minute) => sum + minute.total, 0)
  return total === 0 ? Number.NaN : seen.reduce((sum, minute) => sum + minute.bad, 0) / total
}

function clearlyAbove(value: number, threshold: number, what: string): boolean {
  if (Math.abs(value / threshold - 1) < clearance) {
    throw new Error(`A case stands too close to a threshold to be told: ${what}, ${value} against ${threshold}.`)
  }
  return value > threshold
}

/**
 * Tiers of an SLO that must be firing at the end of the stretches, if its promise is in force: the
 * workbook's definition computed without PromQL, so that the rules are held against something else
 * than themselves.
 */
export function firingTiers(slo: Slo, stretches: readonly Stretch[]): readonly string[] {
  const counts = baseCounts(stretches)
  return tiers
    .filter((tier) => {
      if (!reachable(tier, slo.budget)) return false
      const threshold = burnThreshold(tier, slo.budget)
      const above = (minutes: number) =>
        clearlyAbove(ratioOver(counts, minutes), threshold, `${slo.id} ${tier.name} over ${minutes} min`)
      const seen = counts.slice(-(tier.longMin - baseMin))
      const traffic = (seen.reduce((sum, { total }) => sum + total, 0) / seen.length) * (tier.longMin / baseMin)
      return above(tier.longMin) && above(tier.shortMin) && traffic >= leastTraffic(tier, slo.budget)
    })
    .map(({ name }) => name)
}
