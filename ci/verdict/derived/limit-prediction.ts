import { driftOf, failingOf, foretellAt } from '../../../suites/analysis/foretelling.ts'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { limitCourse, runsBefore } from '../checkers/limit-course.ts'
import { derivedSeries, nothingDerived, type Derived } from './derived.ts'

/**
 * By which share the size that was foretold, at the speed that the machine had while one failed, is off the size that did
 * fail: of the tries, whatever the search said of them. Nothing where they close no bracket, or where no control held that
 * would tell that speed.
 */
export function limitPrediction(steps: readonly HistoryItem<'limit-foretold'>[]): Derived {
  const frame = steps.find((step) => step.type === 'frame')
  const found = frame === undefined ? undefined : limitCourse(steps, frame)?.found
  if (frame === undefined || found?.ended !== 'bracketed' || found.firstFailed === null) return nothingDerived
  const { firstFailed } = found
  const before = runsBefore(steps).map(({ run }) => run)
  const failing = failingOf(steps, firstFailed, frame)
  if (frame.control !== undefined && driftOf(before, failing, frame) === null) return nothingDerived
  const { nodes } = foretellAt(before, failing, frame)
  return derivedSeries('limit-prediction', '1', [nodes === null ? null : Math.abs(nodes - firstFailed) / firstFailed])
}
