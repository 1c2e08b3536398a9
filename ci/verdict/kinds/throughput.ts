import type { Verdict } from '../../../suites/evidence/verdict.ts'
import { counted, figure } from '../figures.ts'
import { eachPart, fail, inconclusive, missing, pass, type Case } from '../finding.ts'
import { named, type ObservationOf } from '../pool.ts'

type Counter = ObservationOf<'counter'>

export type Stretch = {
  readonly rate: number
  /** Its first second, from 1. */ readonly from: number
  readonly overS: number
}

/** The stretch of `everyS` successive seconds with the lowest mean rate: of all seconds where there are fewer. */
export function slowestStretch(perSecond: readonly number[], everyS: number): Stretch {
  const overS = Math.min(everyS, perSecond.length)
  let slowest: Stretch = { rate: Number.POSITIVE_INFINITY, from: 1, overS }
  for (let first = 0; first + overS <= perSecond.length; first += 1) {
    const rate = perSecond.slice(first, first + overS).reduce((sum, count) => sum + count, 0) / overS
    if (rate < slowest.rate) slowest = { rate, from: first + 1, overS }
  }
  return slowest
}

const stretchName = (overS: number): string => (overS === 1 ? 'second' : `${overS} s`)

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

/** The rate is at or above its floor in total and in every stretch of whole seconds that the promise speaks of. */
export function judgeThroughput(given: Case<'throughput'>): Verdict {
  const { id, objective, pooled } = given
  const parts = named(pooled.counters, id)
  if (parts.length === 0) return missing(given, 'counter')
  return eachPart(id, parts, (counter) => {
    const wrong = flaw(counter, given)
    if (wrong !== null) return inconclusive(wrong)
    const seconds = counter.perSecond ?? []
    const observed = counter.value / counter.overS
    const slowest = slowestStretch(seconds, objective.everyS)
    const stretch = stretchName(slowest.overS)
    const numbers: Partial<Verdict> = {
      n: seconds.length,
      observed,
      limit: objective.floor,
      unit: objective.unit,
      interval: [slowest.rate, Math.max(...seconds)],
    }
    const seen = `${figure(observed)}/s over ${figure(counter.overS)} s, slowest ${stretch} ${figure(slowest.rate)}`
    const floor = `at least ${figure(objective.floor)}/s is promised`
    if (observed < objective.floor) return fail(`${seen}; ${floor}`, numbers)
    if (slowest.rate < objective.floor) {
      const from = slowest.overS === 1 ? `second ${slowest.from}` : `from second ${slowest.from}`
      return fail(`${seen} (${from}); ${floor} in every ${stretch}`, numbers)
    }
    return pass(`${seen}; ${floor}`, numbers)
  })
}

/** The highest floor that these counts would still pass. */
export function tightestThroughput({ id, objective, pooled }: Case<'throughput'>): number | null {
  const parts = named(pooled.counters, id).filter(({ overS, perSecond }) => overS >= 1 && perSecond !== undefined)
  if (parts.length === 0) return null
  const rates = parts.map(({ value, overS, perSecond = [] }) =>
    Math.min(value / overS, slowestStretch(perSecond, objective.everyS).rate),
  )
  return Math.min(...rates)
}
