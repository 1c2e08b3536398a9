import type { Verdict } from '../../../suites/evidence/verdict.ts'
import { counted, figure } from '../figures.ts'
import { eachPart, fail, inconclusive, missing, pass, type Case } from '../finding.ts'
import { named, type ObservationOf } from '../pool.ts'

type Counter = ObservationOf<'counter'>

/** What makes a counter useless for a rate that is promised for every second of a stretch. */
function flaw(counter: Counter, { objective, scope, id }: Case<'throughput'>): string | null {
  const { value, overS, perSecond } = counter
  if (perSecond === undefined) return `no counts per second of ${id} were recorded`
  if (overS < 1) return `${id} was counted over ${figure(overS)} s; a rate needs at least one whole second`
  if (perSecond.length < Math.floor(overS)) {
    return `${id} ran ${figure(overS)} s, but only ${counted(perSecond.length, 'second')} were counted one by one`
  }
  const sum = perSecond.reduce((total, count) => total + count, 0)
  if (sum > value) return `${id} says ${figure(value)} in all, its seconds add up to ${figure(sum)}`
  if (scope === 'full' && overS < objective.sustainS) {
    return `${id} ran ${figure(overS)} s; the promise is for ${figure(objective.sustainS)} s`
  }
  return null
}

/** The rate is at or above its floor in total and in every whole second of the stretch. */
export function judgeThroughput(given: Case<'throughput'>): Verdict {
  const { id, objective, pooled } = given
  const parts = named(pooled.counters, id)
  if (parts.length === 0) return missing(given, 'counter')
  return eachPart(id, parts, (counter) => {
    const wrong = flaw(counter, given)
    if (wrong !== null) return inconclusive(wrong)
    const seconds = counter.perSecond ?? []
    const observed = counter.value / counter.overS
    const slowest = Math.min(...seconds)
    const numbers: Partial<Verdict> = {
      n: seconds.length,
      observed,
      limit: objective.floor,
      unit: objective.unit,
      interval: [slowest, Math.max(...seconds)],
    }
    const seen = `${figure(observed)}/s over ${figure(counter.overS)} s, slowest second ${figure(slowest)}`
    const floor = `at least ${figure(objective.floor)}/s is promised`
    if (observed < objective.floor) return fail(`${seen}; ${floor}`, numbers)
    if (slowest < objective.floor)
      return fail(`${seen} (second ${seconds.indexOf(slowest) + 1}); ${floor} in every second`, numbers)
    return pass(`${seen}; ${floor}`, numbers)
  })
}

/** The highest floor that these counts would still pass. */
export function tightestThroughput({ id, pooled }: Case<'throughput'>): number | null {
  const parts = named(pooled.counters, id).filter(({ overS, perSecond }) => overS >= 1 && perSecond !== undefined)
  if (parts.length === 0) return null
  return Math.min(...parts.flatMap(({ value, overS, perSecond }) => [value / overS, ...(perSecond ?? [])]))
}
