/**
 * What is left of a red plan once everything is gone that it does not need: faults first, then nodes, then time. Each
 * candidate is run; the smallest one that is still red stays. fast-check shrinks, as it does the inputs of properties.
 */
import fc, { type Arbitrary } from 'fast-check'
import { sla } from '../sla.config.ts'
import type { FaultScope } from '../suites/contract/control.ts'
import type { FaultPlan, FaultStep } from './fault-plan.ts'
import { planRefusal } from './guards.ts'

const { leadMs } = sla.chaos.schedule
/** Durations are shrunk in steps of so much: what ends a tenth of a second sooner is no simpler. */
const grainMs = 100
/** A mesh of fewer has no members beyond a node's own neighbours. */
const nodesMin = 6

export type Minimising = {
  readonly plan: FaultPlan
  readonly isRed: (plan: FaultPlan) => Promise<boolean>
  /** Candidates that are run at most. */
  readonly runsMax: number
}

/** The smallest red plan that was found, and how many candidates were run for it. */
export async function minimise({ plan, isRed, runsMax }: Minimising): Promise<{ plan: FaultPlan; runs: number }> {
  let runs = 0
  const tried = async (candidate: FaultPlan | null): Promise<boolean> => {
    if (candidate === null || runs >= runsMax || !mayRun(candidate)) return false
    runs += 1
    return isRed(candidate)
  }
  let [least, before]: [FaultPlan, FaultPlan | null] = [plan, null]
  // A smaller or shorter plan may do without a fault that the larger one needed.
  while (before !== least) {
    before = least
    for (const smaller of [withFewerFaults, withFewerNodes, withLessTime]) least = await smaller(least, tried)
  }
  return { plan: least, runs }
}

/** What would be refused is not red: fewer nodes bear fewer faults at a time. */
const mayRun = (plan: FaultPlan): boolean => planRefusal(plan, namesOf(plan.nodes)) === null

const namesOf = (nodes: number): string[] => Array.from({ length: nodes }, (_, index) => `node-${index}`)

type Tried = (candidate: FaultPlan | null) => Promise<boolean>

async function withFewerFaults(plan: FaultPlan, tried: Tried): Promise<FaultPlan> {
  const steps = await shrunk(fc.subarray([...plan.steps]), [...plan.steps], (kept) =>
    tried(kept.length === 0 ? null : { ...plan, steps: kept }),
  )
  return steps.length === plan.steps.length ? plan : { ...plan, steps }
}

async function withFewerNodes(plan: FaultPlan, tried: Tried): Promise<FaultPlan> {
  const sizes = fc.integer({ min: Math.min(nodesMin, plan.nodes), max: plan.nodes })
  const nodes = await shrunk(sizes, plan.nodes, (count) => tried(withNodes(plan, count)))
  return withNodes(plan, nodes) ?? plan
}

async function withLessTime(given: FaultPlan, tried: Tried): Promise<FaultPlan> {
  const earlier = begunAtOnce(given)
  const plan = earlier !== given && (await tried(earlier)) ? earlier : given
  const lengths = plan.steps.map(({ forMs }) => Math.ceil((forMs ?? grainMs) / grainMs))
  const grains = fc.tuple(...lengths.map((max) => fc.integer({ min: 1, max })))
  const kept = await shrunk(grains, lengths, (shorter) => tried(withLengths(plan, shorter, lengths)))
  return kept.every((grain, place) => grain === lengths[place]) ? plan : withLengths(plan, kept, lengths)
}

/** Shrinks a value that is known to be red, as far as what is smaller is red as well. */
async function shrunk<T>(arbitrary: Arbitrary<T>, value: T, isRed: (value: T) => Promise<boolean>): Promise<T> {
  let known = true
  const property = fc.asyncProperty(arbitrary, async (candidate) => {
    // The first is the value itself, which nobody has to run again.
    const red = known || (await isRed(candidate))
    known = false
    return !red
  })
  const { counterexample } = await fc.check(property, { examples: [[value]], numRuns: 1, seed: 0 })
  return counterexample?.[0] ?? value
}

/** The plan on a smaller mesh; null where a fault has nobody left to strike. */
function withNodes(plan: FaultPlan, nodes: number): FaultPlan | null {
  if (nodes === plan.nodes) return plan
  const left = new Set(namesOf(nodes))
  const steps = plan.steps.map((step) => ({ ...step, scope: among(left, step.scope) }))
  const whole = steps.every(({ scope }, place) => {
    const { nodes: victims, groups, paths } = scope
    const asked = plan.steps[place]?.scope
    if (victims?.length === 0 || (groups !== undefined && groups.length < 2)) return false
    return paths === undefined || (paths.length > 0 && paths.length === asked?.paths?.length)
  })
  return whole ? { ...plan, nodes, steps } : null
}

function among(left: ReadonlySet<string>, { nodes, groups, paths, ...scope }: FaultScope): FaultScope {
  const kept = (names: readonly string[]): string[] => names.filter((name) => left.has(name))
  return {
    ...scope,
    ...(nodes && { nodes: kept(nodes) }),
    ...(groups && { groups: groups.map(kept).filter((group) => group.length > 0) }),
    ...(paths && {
      paths: paths.flatMap(({ from, to, path }) => {
        const ends = { ...(from && { from: kept(from) }), ...(to && { to: kept(to) }) }
        return ends.from?.length === 0 || ends.to?.length === 0 ? [] : [{ ...ends, path }]
      }),
    }),
  }
}

/** As soon as effects can be told. */
function begunAtOnce(plan: FaultPlan): FaultPlan {
  const sooner = Math.min(...plan.steps.map(({ atMs }) => atMs)) - leadMs
  if (sooner === 0) return plan
  return { ...plan, steps: plan.steps.map((step): FaultStep => ({ ...step, atMs: step.atMs - sooner })) }
}

/** Steps of so many grains each; whose length is not shrunk keeps it to the millisecond. */
const withLengths = (plan: FaultPlan, kept: readonly number[], were: readonly number[]): FaultPlan => ({
  ...plan,
  steps: plan.steps.map((step, place) =>
    kept[place] === were[place] ? step : { ...step, forMs: (kept[place] ?? 1) * grainMs },
  ),
})
