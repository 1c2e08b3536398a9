/** Courses and failures of load shapes in words, for tables. */
import type { Course, FailurePattern } from '../../sla.config.ts'

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`

/** `25 % for 25 %, to 100 % over 10 %`: shares of the highest rate, and parts of the time. A leap has no part of its own. */
export function courseText(course: Course | undefined): string {
  if (course === undefined) return 'constant'
  let share = course.fromShare
  const pieces: string[] = []
  for (const { toShare, part } of course.stages) {
    if (part > 0) {
      const isLevel = toShare === share
      pieces.push(`${isLevel ? '' : 'to '}${percent(toShare)} ${isLevel ? 'for' : 'over'} ${percent(part)}`)
    }
    share = toShare
  }
  return pieces.join(', ')
}

function strikeText(failure: FailurePattern): string {
  const { fault, pattern } = failure
  const what = fault === 'partition' ? `partition into ${failure.groups}` : `${fault} of ${percent(failure.share)}`
  if (pattern === 'cascade') return `${what} in ${failure.waves} waves`
  if (pattern === 'rolling') return `${what}, ${failure.batches} batches in turn`
  if (pattern === 'flapping') return `${what}, ${failure.times} times`
  return what
}

/** `crash of 10 % in 3 waves from 10 % to 40 % of the time`. */
export const failuresText = (failures: readonly FailurePattern[] = []): string =>
  failures.map((one) => `${strikeText(one)} from ${percent(one.from)} to ${percent(one.until)} of the time`).join('; ')
