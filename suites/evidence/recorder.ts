import type { HistoryItem } from './history.ts'
import type { AppliedFault, Premise } from './record.ts'
import type { CheckerName } from '../requirements/requirement-row.ts'

/** The pen of a requirement's body: everything it observes goes through here, into the evidence. */
export type Observe = {
  /** One latency in ms; `name` is the objective's id. */
  readonly duration: (name: string, ms: number) => void
  readonly count: (name: string, unit: string, value: number, overS: number, perSecond?: readonly number[]) => void
  readonly proportion: (name: string, good: number, total: number) => void
  /** One measurement of a series; null is a censored run: it never got there. */
  readonly measure: (name: string, unit: string, value: number | null) => void
  /** A yes-or-no check of an invariant; `seen` says what was there instead. */
  readonly check: (name: string, holds: boolean, seen: string) => void
  /** Appends one item to the history that a checker of the judge reads. */
  readonly history: <C extends CheckerName>(checker: C, item: HistoryItem<C>) => void
  readonly premise: (premise: Premise) => void
  readonly fault: (fault: AppliedFault) => void
  readonly failure: (definite: boolean) => void
}
