/** Faults of a row's records, repeat by repeat. */
import type { AppliedFault } from '../../suites/evidence/record.ts'

/** One fault, or one with those that it drew in: these are recorded before it. */
export type Repeat = readonly [AppliedFault, ...AppliedFault[]]

/** Of the plan of a repeat, from which chance may draw the same as from another seed; nothing tells of a fault without a plan. */
const planOf = ({ scope: { plan, seed } }: AppliedFault): string | null =>
  typeof plan === 'string' ? `${plan} ${String(seed)}` : null

/** Faults of one plan that follow one another are one repeat: the plan is drawn anew for each. */
export function repeatsOf(faults: readonly AppliedFault[]): readonly Repeat[] {
  const repeats: [AppliedFault, ...AppliedFault[]][] = []
  for (const fault of faults) {
    const plan = planOf(fault)
    const last = repeats.at(-1)
    if (last !== undefined && plan !== null && planOf(last[0]) === plan) last.push(fault)
    else repeats.push([fault])
  }
  return repeats
}

/** The fault that was planned, after those that it drew in. */
export const planned = (repeat: Repeat): AppliedFault => repeat.at(-1) ?? repeat[0]
