import type { Verdict } from '../../../suites/evidence/verdict.ts'
import { counted, figure } from '../figures.ts'
import { eachPart, fail, inconclusive, missing, pass, type Case } from '../finding.ts'
import { named } from '../pool.ts'

type Quantity = Case<'floor' | 'ceiling'>

/** Each measurement by itself is at or above the floor, or at or below the ceiling. */
export function judgeQuantity(given: Quantity): Verdict {
  const { id, objective, pooled } = given
  const isFloor = objective.kind === 'floor'
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
  const parts = named(pooled.series, id)
  const values = parts.flatMap((series) => series.values)
  if (values.length === 0 || parts.some(({ censored }) => censored > 0)) return null
  return objective.kind === 'floor' ? Math.min(...values) : Math.max(...values)
}
