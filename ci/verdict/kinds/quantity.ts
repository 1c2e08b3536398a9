import type { Verdict } from '../../../suites/evidence/verdict.ts'
import type { Bounded } from '../derived/derived.ts'
import { counted, figure, percent } from '../figures.ts'
import { eachPart, fail, inconclusive, missing, pass, type Case } from '../finding.ts'
import { named } from '../pool.ts'

type Quantity = Case<'floor' | 'ceiling'>

const hourS = 3_600

/**
 * An estimate with bounds passes when the bound on the wrong side keeps the limit, fails when both break it, and is in
 * doubt between; without any bound there is no verdict. A growth by the hour that was watched for less, in a compressed run, may be as steep as it takes to use up
 * the hour's allowance: so short a stretch tells no more.
 */
function judgeBounded(
  { name, estimate, lower, upper, unit, n, spanS }: Bounded,
  { objective, confidence, scope, id }: Quantity,
): Verdict {
  if (unit !== objective.unit) return inconclusive(`${id} was estimated in ${unit}, its limit is in ${objective.unit}`)
  if (!Number.isFinite(lower) && !Number.isFinite(upper))
    return inconclusive(`${name} can't be told from ${counted(n, 'point')} in ${figure(spanS)} s`, { n })
  const isShort = scope === 'compressed' && unit.endsWith('/h') && spanS < hourS
  const limit = isShort ? (objective.limit * hourS) / spanS : objective.limit
  const numbers: Partial<Verdict> = { n, observed: estimate, limit, unit, interval: [lower, upper] }
  const seen = `${objective.quantity} ${figure(estimate)} ${unit}, ${figure(lower)} to ${figure(upper)} at ${percent(confidence)} confidence a side`
  const stretch = isShort ? `, ${figure(objective.limit)} in an hour, all of it in ${figure(spanS)} s` : ''
  const bound = `${objective.kind} ${figure(limit)}${stretch}`
  const [good, bad] = objective.kind === 'floor' ? [lower, -upper] : [-upper, lower]
  const sign = objective.kind === 'floor' ? 1 : -1
  if (good >= sign * limit) return pass(`${seen}, ${bound}`, numbers)
  return bad > -sign * limit ? fail(`${seen}, ${bound}`, numbers) : inconclusive(`${seen}, ${bound}`, numbers)
}

/** Each measurement by itself is at or above the floor, or at or below the ceiling. */
export function judgeQuantity(given: Quantity): Verdict {
  const { id, objective, pooled } = given
  const isFloor = objective.kind === 'floor'
  const bounded = named(pooled.bounded, id)
  if (bounded.length > 0) return eachPart(id, bounded, (part) => judgeBounded(part, given))
  const parts = named(pooled.series, id)
  if (parts.length === 0) return missing(given, 'series')
  return eachPart(id, parts, ({ values, censored, unit }) => {
    const n = values.length + censored
    if (n === 0) return inconclusive(`no measurement of ${id} was recorded`)
    if (unit !== objective.unit) return inconclusive(`${id} was measured in ${unit}, its limit is in ${objective.unit}`)
    if (censored > 0)
      return fail(`${figure(censored)} of ${counted(n, 'measurement')} never came to a value`, {
        n,
        limit: objective.limit,
        unit,
      })
    const extreme = isFloor ? Math.min(...values) : Math.max(...values)
    const numbers: Partial<Verdict> = {
      n,
      observed: extreme,
      limit: objective.limit,
      unit,
      interval: [Math.min(...values), Math.max(...values)],
    }
    const seen = `${objective.quantity} ${isFloor ? 'at least' : 'at most'} ${figure(extreme)} in ${counted(n, 'measurement')}`
    const bound = `${isFloor ? 'floor' : 'ceiling'} ${figure(objective.limit)}`
    const holds = isFloor ? extreme >= objective.limit : extreme <= objective.limit
    return holds ? pass(`${seen}, ${bound}`, numbers) : fail(`${seen}, ${bound}`, numbers)
  })
}

/** The highest floor or lowest ceiling that these measurements would still pass. */
export function tightestQuantity({ id, objective, pooled }: Quantity): number | null {
  const bounded = named(pooled.bounded, id)
  if (bounded.length > 0) {
    const tightest =
      objective.kind === 'floor'
        ? Math.min(...bounded.map(({ lower }) => lower))
        : Math.max(...bounded.map(({ upper }) => upper))
    return Number.isFinite(tightest) ? tightest : null
  }
  const parts = named(pooled.series, id)
  const values = parts.flatMap((series) => series.values)
  if (values.length === 0 || parts.some(({ censored }) => censored > 0)) return null
  return objective.kind === 'floor' ? Math.min(...values) : Math.max(...values)
}
