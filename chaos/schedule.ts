/** How plans are made from a seed before anything is injected. */
import type { FaultScope } from '../suites/contract/control.ts'
import type { Random } from '../suites/contract/random.ts'
import type { FaultPlan, FaultStep } from './fault-plan.ts'

/** Fisher-Yates on a copy; the order of `items` matters, so callers sort what comes from a target. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const copy = [...items]
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const chosen = random.integer(0, last)
    const [a, b] = [copy[last], copy[chosen]]
    if (a === undefined || b === undefined) continue
    copy[last] = b
    copy[chosen] = a
  }
  return copy
}

/** One step whose victims are drawn by `draw` from the sorted node ids, after a random calm of up to one second. */
export function planFault(options: {
  readonly seed: string
  readonly random: Random
  readonly nodes: readonly string[]
  readonly fault: FaultStep['fault']
  readonly forMs: number | null
  readonly draw: (nodes: readonly string[], random: Random) => FaultScope
}): FaultPlan {
  const { seed, random, nodes, fault, forMs, draw } = options
  const sorted = [...nodes].sort()
  // One stream per decision: a plan with another calm still hits the same victims.
  const atMs = random.stream('calm').integer(0, 1_000)
  const scope = draw(sorted, random.stream('victims'))
  return { schema: 'meshcert/fault-plan/v1', seed, nodes: nodes.length, steps: [{ atMs, fault, scope, forMs }] }
}
