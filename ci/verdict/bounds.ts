import { lowerShare, upperShare } from '../statistics/clopper-pearson.ts'

/** How a share of bad ones stands to the share that may be bad, by one-sided Clopper–Pearson bounds. */
export type ShareFinding = {
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE'
  readonly lower: number
  readonly upper: number
}

/** PASS when even the upper bound is allowed, FAIL when even the lower bound is not, else INCONCLUSIVE. */
export function judgeShare(bad: number, n: number, allowed: number, confidence: number): ShareFinding {
  const lower = lowerShare(bad, n, confidence)
  const upper = upperShare(bad, n, confidence)
  // The promise 0.99 leaves 1 − 0.99 = 0.010000000000000009: a rounding that must not decide.
  const slack = 1e-12
  if (upper <= allowed + slack) return { verdict: 'PASS', lower, upper }
  if (lower > allowed + slack) return { verdict: 'FAIL', lower, upper }
  return { verdict: 'INCONCLUSIVE', lower, upper }
}
