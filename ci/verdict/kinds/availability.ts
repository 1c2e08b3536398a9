import type { Verdict } from '../../../suites/evidence/verdict.ts'
import { samplesToBound, upperShare } from '../../statistics/clopper-pearson.ts'
import { judgeShare } from '../bounds.ts'
import { figure, percent } from '../figures.ts'
import { eachPart, inconclusive, missing, type Case } from '../finding.ts'
import { named } from '../pool.ts'

/** The share of good ones against its target, by exact bounds. */
export function judgeAvailability(given: Case<'availability'>): Verdict {
  const { id, objective, pooled, confidence } = given
  const parts = named(pooled.proportions, id)
  if (parts.length === 0) return missing(given, 'proportion')
  return eachPart(id, parts, ({ good, total }) => {
    if (total === 0) return inconclusive(`no probe of ${id} was recorded`)
    if (good > total) return inconclusive(`${id} counts ${good} good of ${total}: the record contradicts itself`)
    const { verdict, lower, upper } = judgeShare(total - good, total, 1 - objective.target, confidence)
    const numbers = { n: total, observed: good / total, limit: objective.target, unit: '1' }
    const needed = samplesToBound(1 - objective.target, confidence)
    const hint = verdict === 'INCONCLUSIVE' && total < needed ? `; ${figure(needed)} is the least for this target` : ''
    return {
      ...numbers,
      interval: [1 - upper, 1 - lower],
      verdict,
      escalate: verdict === 'INCONCLUSIVE',
      reason: `${figure(good)} of ${figure(total)} good (${percent(good / total)}), between ${percent(1 - upper)} and ${percent(1 - lower)} at ${percent(confidence)} confidence, promised ${percent(objective.target)}${hint}`,
    }
  })
}

/** The highest target that these probes would still pass. */
export function tightestAvailability({ id, pooled, confidence }: Case<'availability'>): number | null {
  const parts = named(pooled.proportions, id).filter(({ total }) => total > 0)
  if (parts.length === 0) return null
  return Math.min(...parts.map(({ good, total }) => 1 - upperShare(total - good, total, confidence)))
}
