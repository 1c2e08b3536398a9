import type { Verdict } from '../../suites/evidence/verdict.ts'
import type { Comparison } from './baseline.ts'
import type { ObjectiveData, ObjectiveOf } from './promises.ts'
import type { Pooled } from './pool.ts'

/** What the judge knows when it holds one objective against pooled observations. */
export type Case<K extends ObjectiveData['kind']> = {
  readonly id: string
  readonly objective: ObjectiveOf<K>
  readonly pooled: Pooled
  /** One-sided. */
  readonly confidence: number
  readonly scope: 'full' | 'compressed'
  readonly repeatsExpected: number
  /** Items of histories whose checkers found nothing: they count as observations of an invariant. */
  readonly itemsClean: number
  /** What a margin is measured from; null where the run has no such row. */
  readonly comparison: Comparison | null
}

const blank = { n: 0, observed: null, limit: null, unit: null, interval: null, escalate: false } as const

export const inconclusive = (reason: string, numbers: Partial<Verdict> = {}): Verdict => ({
  ...blank,
  ...numbers,
  verdict: 'INCONCLUSIVE',
  reason,
})
export const fail = (reason: string, numbers: Partial<Verdict> = {}): Verdict => ({
  ...blank,
  ...numbers,
  verdict: 'FAIL',
  reason,
  escalate: false,
})
export const pass = (reason: string, numbers: Partial<Verdict> = {}): Verdict => ({
  ...blank,
  ...numbers,
  verdict: 'PASS',
  reason,
  escalate: false,
})

/** Nothing of the kind was recorded under the objective's name: a missing observation is not a zero. */
export function missing({ id, pooled }: Pick<Case<'latency'>, 'id' | 'pooled'>, kind: string): Verdict {
  const found = pooled.found.length === 0 ? 'nothing at all' : pooled.found.slice(0, 5).join(', ')
  return inconclusive(`no ${kind} named ${id} was recorded; there is ${found}`)
}

const rank = ['FAIL', 'INCONCLUSIVE', 'EXEMPT', 'NOT-APPLICABLE', 'PASS'] as const

/** The verdict that decides: a failure before doubt, doubt before success; the first of equals. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  const sorted = verdicts.toSorted((a, b) => rank.indexOf(a.verdict) - rank.indexOf(b.verdict))
  const [decides] = sorted
  if (decides === undefined) return inconclusive('nothing was judged')
  // More samples help only if everything in doubt may be escaped by them.
  const inDoubt = verdicts.filter(({ verdict }) => verdict === 'INCONCLUSIVE')
  return { ...decides, escalate: decides.verdict === 'INCONCLUSIVE' && inDoubt.every(({ escalate }) => escalate) }
}

/** Judges each part of an objective by itself and says which part decided. */
export function eachPart<O extends { readonly name: string }>(
  id: string,
  parts: readonly O[],
  judgePart: (part: O) => Verdict,
): Verdict {
  return worst(
    parts.map((part) => {
      const verdict = judgePart(part)
      return part.name === id ? verdict : { ...verdict, reason: `${part.name.slice(id.length + 1)}: ${verdict.reason}` }
    }),
  )
}
