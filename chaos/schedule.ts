/**
 * Fault plans: what will be done to whom, when and for how long, as explicit JSON made from a seed
 * before anything is injected. A plan is hashed, so that two runs can be told to have done the same,
 * and it is a list, so that a failure can be minimised by leaving steps out.
 */
import { createHash } from 'node:crypto'
import type { FaultScope } from '../suites/contract/control.ts'
import type { Random } from '../suites/contract/random.ts'

export type FaultStep = {
  /** Milliseconds after the steady state before it: a step never starts in an unsteady mesh. */
  readonly atMs: number
  readonly fault: string
  readonly scope: FaultScope
  /** How long it lasts; null: until recovery has been seen. */
  readonly forMs: number | null
}

export type FaultPlan = {
  readonly schema: 'meshcert/fault-plan/v1'
  readonly seed: string
  readonly steps: readonly FaultStep[]
}

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
  return { schema: 'meshcert/fault-plan/v1', seed, steps: [{ atMs, fault, scope, forMs }] }
}

/** Hex SHA-256 of the plan's JSON without its seed: plans that do the same have the same hash. */
export function planHash(plan: FaultPlan): string {
  const { schema, steps } = plan
  const plain = steps.map(({ atMs, fault, scope, forMs }) => ({
    atMs,
    fault,
    nodes: scope.nodes ?? [],
    groups: scope.groups ?? [],
    paths: scope.paths ?? [],
    ...(scope.misdeeds === undefined ? {} : { misdeeds: scope.misdeeds }),
    ...(scope.cpuShare === undefined ? {} : { cpuShare: scope.cpuShare }),
    ...(scope.loop === undefined ? {} : { loop: scope.loop }),
    forMs,
  }))
  return createHash('sha256')
    .update(JSON.stringify({ schema, steps: plain }))
    .digest('hex')
}
