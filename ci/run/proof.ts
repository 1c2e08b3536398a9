import type { TargetDefinition } from '../../suites/contract/target.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import type { Plan, PlannedRow } from '../verdict/plan.ts'

/** Premises that the runner records after the body, however that ends. */
const recordedLast: readonly string[] = ['target alive', 'foreign load']

/** What a body observes by, and whether it was ended because it had shown what it was to show. */
export type Proof = { readonly observe: Observe; readonly isShown: () => boolean }

/**
 * Ends the body of a defect's row with the check that fails for the defect's reason: a failed check decides its row, and the
 * first one is the reason that is told, so that whatever follows would only take time. A body goes on where another check
 * failed before, where it has begun a history, which has no end then and is judged first, and where its row demands
 * premises that it records itself.
 */
export async function proofOf(
  definition: Pick<TargetDefinition, 'defects'>,
  { plan, row }: { readonly plan: Pick<Plan, 'defect'>; readonly row: Pick<PlannedRow, 'requirement' | 'premises'> },
  observe: Observe,
): Promise<Proof> {
  const defects = plan.defect === null ? [] : ((await definition.defects?.()) ?? [])
  const reason = defects.find(({ name, kills }) => name === plan.defect && kills === row.requirement)?.reason
  const demandsMore = row.premises?.some((claim) => !recordedLast.includes(claim)) ?? false
  if (reason === undefined || demandsMore) return { observe, isShown: () => false }
  let [isBlurred, shown] = [false, false]
  const check: Observe['check'] = (name, holds, seen, about) => {
    observe.check(name, holds, seen, about)
    if (holds || isBlurred) return
    isBlurred = true
    shown = reason.test(`${name}: ${seen}`)
    if (shown) throw new Error(`The defect is shown: ${name}: ${seen}`)
  }
  const history: Observe['history'] = (checker, item) => {
    isBlurred = true
    observe.history(checker, item)
  }
  return { observe: { ...observe, check, history }, isShown: () => shown }
}
