import type { Verdict } from '../../../suites/evidence/verdict.ts'
import { rankMs } from '../../../suites/evidence/histogram.ts'
import { samplesToBound } from '../../statistics/clopper-pearson.ts'
import { quantileRanks, sampleRank } from '../../statistics/quantile.ts'
import { judgeShare } from '../bounds.ts'
import { beyondDisturbance, disturbedShare } from '../disturbance.ts'
import { counted, figure, percent, quantileName } from '../figures.ts'
import { eachPart, inconclusive, missing, type Case } from '../finding.ts'
import { named, type PooledLatency } from '../pool.ts'

function interval(latency: PooledLatency, quantile: number, confidence: number): [number, number] | null {
  const { lower, upper } = quantileRanks(latency.n, quantile, confidence)
  const [from, to] = [rankMs(latency.buckets, lower ?? 0), rankMs(latency.buckets, upper ?? 0)]
  return from === undefined || to === undefined ? null : [from, to]
}

function judgePart(latency: PooledLatency, { objective, confidence, id, pooled }: Case<'latency'>): Verdict {
  const { quantile, limit } = objective
  const { n, buckets } = latency
  if (n === 0) return inconclusive(`no sample of ${id} was recorded`)
  const allowed = 1 - quantile
  const over = n - latency.within(limit)
  const share = judgeShare(over, n, allowed, confidence)
  const observed = rankMs(buckets, sampleRank(n, quantile)) ?? null
  const numbers = { n, observed, limit, unit: 'ms', interval: interval(latency, quantile, confidence) }
  const seen = `${quantileName(quantile)} ${figure(observed ?? Number.NaN)} ms; ${figure(over)} of ${counted(n, 'sample')} over ${figure(limit)} ms (${percent(over / n)})`
  const sure = `at ${percent(confidence)} confidence`
  if (share.verdict === 'PASS') {
    return {
      ...numbers,
      verdict: 'PASS',
      escalate: false,
      reason: `${seen}, at most ${percent(share.upper)} ${sure}, ${percent(allowed)} may be`,
    }
  }
  if (share.verdict === 'FAIL') {
    const disturbed = disturbedShare(pooled)
    const rest = beyondDisturbance({ over, n }, disturbed)
    const failsAnyway = rest.n > 0 && judgeShare(rest.over, rest.n, allowed, confidence).verdict === 'FAIL'
    if (!failsAnyway) {
      const why = `others took what the run needed in ${percent(disturbed)} of the time, which can explain it`
      return inconclusive(`${seen}; ${why}`, { ...numbers, escalate: true })
    }
    return {
      ...numbers,
      verdict: 'FAIL',
      escalate: false,
      reason: `${seen}, at least ${percent(share.lower)} ${sure}, ${percent(allowed)} may be`,
    }
  }
  const needed = samplesToBound(allowed, confidence)
  const why =
    n < needed
      ? `${figure(needed)} samples is the least for a ${quantileName(quantile)} ${sure}`
      : `between ${percent(share.lower)} and ${percent(share.upper)} ${sure}, ${percent(allowed)} may be`
  return inconclusive(`${seen}; ${why}`, { ...numbers, escalate: true })
}

/** "Quantile q below X" is: the share within X is at least q. Judged by exact bounds of the share over X; the interval is of the quantile, in ms. */
export function judgeLatency(given: Case<'latency'>): Verdict {
  const parts = named(given.pooled.latencies, given.id)
  if (parts.length === 0) return missing(given, 'latency')
  return eachPart(given.id, parts, (part) => judgePart(part, given))
}

/** The lowest limit in ms that these samples would still pass at this confidence; null where they are too few for any. */
export function tightestLatency({ pooled, id, objective, confidence }: Case<'latency'>): number | null {
  const parts = named(pooled.latencies, id)
  const limits = parts.map(({ n, buckets }) => {
    const { upper } = quantileRanks(n, objective.quantile, confidence)
    return upper === null ? undefined : rankMs(buckets, upper)
  })
  const known = limits.filter((limit) => limit !== undefined)
  return known.length === 0 || known.length < limits.length ? null : Math.max(...known)
}
