import { median } from '../../../suites/evidence/median.ts'
import type { Verdict } from '../../../suites/evidence/verdict.ts'
import { pairsToBound, signedRankShift } from '../../statistics/signed-rank.ts'
import { howToRecord, yardstickSeries, type Baseline, type Comparison } from '../baseline.ts'
import { counted, figure, percent } from '../figures.ts'
import { eachPart, inconclusive, missing, type Case } from '../finding.ts'
import { machineDifferences } from '../machine-class.ts'
import { named, type ObservationOf } from '../pool.ts'

type Series = ObservationOf<'series'>
type Margin = Case<'margin'>

/** Why nothing can be compared at all, with what to do about it; the baseline if it can. */
function usable({ comparison, id }: Margin): Baseline | string {
  if (comparison === null) return `the plan tells no machine class and no baseline: ${howToRecord}`
  const { baseline, refused, machine, target }: Comparison = comparison
  if (refused !== null) return refused
  if (baseline === null) return `there is no baseline: ${howToRecord}`
  const { run } = baseline
  if (baseline.objective !== id) return `the baseline of run ${run} is of ${baseline.objective}: ${howToRecord}`
  if (baseline.target.name !== target)
    return `the baseline of run ${run} is of the target ${baseline.target.name}, this is ${target}: ${howToRecord}`
  const differences = machineDifferences(baseline.machine, machine)
  if (differences.length > 0)
    return `the baseline of run ${run} is of another machine class (${differences.join('; ')}): judge on such a machine, or ${howToRecord}`
  return baseline
}

/** Positive numbers of one unit, none of them missing; else what is wrong. */
function flaw({ name, values, censored, unit }: Series, as: Series): string | null {
  if (unit !== as.unit) return `${name} was measured in ${unit}, the baseline in ${as.unit}`
  if (censored > 0)
    return `${figure(censored)} of ${counted(values.length + censored, 'round')} of ${name} have no value`
  const strange = values.find((value) => !(value > 0 && Number.isFinite(value)))
  return strange === undefined ? null : `${name} holds ${strange}, which is no time that something takes`
}

type Pairs = {
  /** ln of now over then, each in units of the machine's own speed. */
  readonly slowdowns: readonly number[]
  /** Median of the machine's own time for the same work, now over then. */
  readonly machine: number
  /** Rounds of the baseline that found no partner. */
  readonly left: number
}

/** Round k with round k: both are of the same age of their processes, and drawn by the same lot. */
function pairsOf(part: Series, id: string, given: Margin, baseline: Baseline): Pairs | string {
  const speedName = `${yardstickSeries}${part.name.slice(id.length)}`
  const now = [part, given.pooled.series.find(({ name }) => name === speedName)] as const
  const then = [part.name, speedName].map((wanted) => baseline.series.find(({ name }) => name === wanted))
  if (then[0] === undefined) {
    const there = named(baseline.series, id).map(({ name }) => name.slice(id.length + 1))
    return `the baseline of run ${baseline.run} was recorded otherwise (${there.join('; ')}): run it like that, or ${howToRecord}`
  }
  if (now[1] === undefined || then[1] === undefined)
    return `no ${speedName} was recorded: the machine's speed is unknown`
  const wrong = flaw(now[0], then[0]) ?? flaw(now[1], then[1]) ?? flaw(then[0], then[0]) ?? flaw(then[1], then[1])
  if (wrong !== null) return wrong
  const [values, speeds, base, baseSpeeds] = [now[0].values, now[1].values, then[0].values, then[1].values]
  if (speeds.length !== values.length || baseSpeeds.length !== base.length)
    return `${speedName} has not one value for each round`
  const n = Math.min(values.length, base.length)
  const ratios = (over: readonly number[], under: readonly number[]) =>
    over.slice(0, n).map((value, index) => Math.log(value / (under[index] ?? Number.NaN)))
  const drifts = ratios(speeds, baseSpeeds)
  return {
    slowdowns: ratios(values, base).map((slowdown, index) => slowdown - (drifts[index] ?? Number.NaN)),
    machine: Math.exp(median(drifts) ?? Number.NaN),
    left: base.length - n,
  }
}

/** `+1.5 %`, `−0.2 %` for a ratio. */
const change = (ratio: number): string => `${ratio < 1 ? '−' : '+'}${percent(Math.abs(ratio - 1))}`

function judgePairs({ slowdowns, machine, left }: Pairs, given: Margin, run: string): Verdict {
  const { limit, confidence, machineDrift, quantity } = given.objective
  const n = slowdowns.length
  const needed = pairsToBound(confidence)
  // Rounds for which the baseline has no partner are no use: then a longer run says no more.
  const escalate = left > 0
  if (n < needed)
    return inconclusive(
      `${counted(n, 'pair')} of rounds with run ${run}, ${figure(needed)} is the least at ${percent(confidence)} confidence`,
      { n, escalate },
    )
  const shift = signedRankShift(slowdowns, confidence)
  const [ratio, lower, upper] = [shift.estimate, shift.lower ?? -Infinity, shift.upper ?? Infinity].map(Math.exp) as [
    number,
    number,
    number,
  ]
  const numbers: Partial<Verdict> = {
    n,
    observed: ratio,
    limit: 1 + limit,
    unit: '× baseline',
    interval: [lower, upper],
  }
  const seen =
    `${quantity} ${change(ratio)} against run ${run} in ${counted(n, 'pair')} of rounds, ` +
    `between ${change(lower)} and ${change(upper)} at ${percent(confidence)} confidence, margin +${percent(limit)}; machine ${change(machine)}`
  if (Math.abs(machine - 1) > machineDrift)
    return inconclusive(
      `${seen}: more than ${percent(machineDrift)} between the machine then and now can't be reckoned away; wait until it is as it was, or ${howToRecord}`,
      { ...numbers, escalate: true },
    )
  if (lower > 1 + limit) return { ...inconclusive(seen, numbers), verdict: 'FAIL' }
  if (upper <= 1 + limit) return { ...inconclusive(seen, numbers), verdict: 'PASS' }
  return inconclusive(seen, { ...numbers, escalate })
}

/**
 * No worse than the baseline by more than the margin: paired ratios in units of the machine's own speed, their shift
 * bounded by the exact signed-rank test. FAIL when even the lower bound is beyond the margin, PASS when the upper one is not.
 */
export function judgeMargin(given: Margin): Verdict {
  const parts = named(given.pooled.series, given.id)
  if (parts.length === 0) return missing(given, 'series')
  const baseline = usable(given)
  if (typeof baseline === 'string') return inconclusive(baseline)
  return eachPart(given.id, parts, (part) => {
    const pairs = pairsOf(part, given.id, given, baseline)
    return typeof pairs === 'string' ? inconclusive(pairs) : judgePairs(pairs, given, baseline.run)
  })
}

/** The smallest margin, in parts, that these rounds would still pass; null where nothing can be compared. */
export function tightestMargin(given: Margin): number | null {
  const baseline = usable(given)
  if (typeof baseline === 'string') return null
  const uppers = named(given.pooled.series, given.id).map((part) => {
    const pairs = pairsOf(part, given.id, given, baseline)
    if (typeof pairs === 'string' || pairs.slowdowns.length === 0) return null
    const { upper } = signedRankShift(pairs.slowdowns, given.confidence)
    return upper === null ? null : Math.exp(upper) - 1
  })
  const known = uppers.filter((upper) => upper !== null)
  return known.length === 0 || known.length < uppers.length ? null : Math.max(...known)
}
