import { sla } from '../../sla.config.ts'
import { searchCapacity, type CapacityPlan, type Outcome } from '../analysis/capacity.ts'
import { failuresOf } from '../analysis/failure.ts'
import { driftOf, foretell, foretellAt, type Failing, type Frame } from '../analysis/foretelling.ts'
import type { LimitStep, ScaleRun } from '../evidence/scale-run.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { conclude, unfinished } from './limit-conclusion.ts'
import { frameOf } from './limit-frame.ts'
import { bringingBack } from '../mesh/formation.ts'
import { checkTold, measureScale, type ScaleOrder } from './scale.ts'

const search = sla.mesh.limitSearch

type Limit = Scenario<'mesh'>

/** The limit is foretold from sizes up to this one. */
const largestKnown = (scope: Limit['scope']): number => search.calibrate[scope].at(-1) ?? 0

const planOf = (scope: Limit['scope']): CapacityPlan => ({
  from: largestKnown(scope),
  most: search.mostNodes,
  growth: search.growth[scope],
  resolution: search.resolution[scope],
  repeats: search.repeats[scope],
})

type Trial = (nodes: number, attempt: number) => Promise<{ readonly outcome: Outcome }>

// The mesh grows until it fails. What the analyzer makes of the smaller sizes is on record before any larger one is run;
// the judge makes it again from the same runs, and finds out a prediction that came late or a failed size left out.
requirement('LOAD-LIMIT', ['mesh'], (scenario) => bringingBack(scenario.target.mesh, () => growUntilItFails(scenario)))

async function growUntilItFails(scenario: Limit): Promise<void> {
  const { target, tier, scope, seed, observe, log } = scenario
  const plan = planOf(scope)
  // Virtual machines keep their speed.
  const control = tier === 'simulation' ? {} : { control: largestKnown(scope) }
  const frame = { ...(await frameOf(target.mesh, { tier, seed })), search: plan, ...control }
  observe.history('limit-foretold', frame)
  const runs: ScaleRun[] = []
  const controls: Control[] = []
  const once = trialOf(scenario, frame, runs)
  const controlled = controlOf(scenario, frame, controls)
  const tries = new Map<number, Outcome[]>()
  const trial: Trial = async (nodes, attempt) => {
    // A size that was tried before the prediction keeps what it showed.
    const known = tries.get(nodes)?.[attempt]
    if (known !== undefined) return { outcome: known }
    const { outcome } = await once(nodes, attempt)
    if (outcome === 'fails') await controlled({ nodes, attempt })
    tries.set(nodes, [...(tries.get(nodes) ?? []), outcome])
    return { outcome }
  }
  for (const nodes of search.calibrate[scope]) {
    // The last of them is the first of the search and what its controls are held against: its majority is wanted in any case.
    const wanted = nodes === plan.from ? Math.floor(plan.repeats / 2) + 1 : 1
    if (await steadied(trial, nodes, { wanted, repeats: plan.repeats })) continue
    const why = runs.flatMap((run) => failuresOf(run, frame.limits)).join('; ') || 'the measuring side gave out'
    return unfinished(scenario, `${nodes} nodes, of which the limit would be foretold: ${why}`)
  }
  const foretold = foretell(runs, frame)
  const known = runs.length
  observe.history('limit-foretold', { type: 'prediction', atMs: target.clock.nowMs(), foretold })
  log(`foretold from ${foretold.from.join(', ')}: ${foretold.nodes} nodes, by ${foretold.decidedBy}`)
  const probe = async (nodes: number, attempt: number) => (await trial(nodes, attempt)).outcome
  const found = await searchCapacity({ ...plan, probe })
  const { ended, lastHeld, firstFailed, interval } = found
  const before = runs.slice(0, known)
  const failing: Failing = {
    tries: runs.filter(({ nodes }) => nodes === firstFailed),
    controls: controls.flatMap(({ after, run }) => (after.nodes === firstFailed ? [run] : [])),
  }
  const then = firstFailed === null ? null : foretellAt(before, failing, frame).nodes
  observe.history('limit-foretold', {
    type: 'found',
    ended,
    lastHeld,
    firstFailed,
    foretoldThen: then,
    interval: [interval[0], interval[1]],
  })
  conclude(scenario, found, { nodes: then, drift: tier === 'simulation' ? 0 : driftOf(before, failing, frame) })
}

type Wanted = { readonly wanted: number; readonly repeats: number }

/** Whether a size holds: as often as is wanted, or after a failure by the majority of all tries, for one unlucky run foretells nothing. */
async function steadied(trial: Trial, nodes: number, { wanted, repeats }: Wanted): Promise<boolean> {
  let [held, failed] = [0, 0]
  for (let attempt = 0; attempt < repeats && held < Math.max(wanted, failed + 1); attempt += 1) {
    if ((await trial(nodes, attempt)).outcome === 'holds') held += 1
    else failed += 1
  }
  return held > failed
}

const orderOf = ({ tier, scope, random }: Limit, nodes: number, attempt: number): ScaleOrder => ({
  nodes,
  attempt,
  windowS: search.windowS[scope],
  timerProfile: search.timerProfile,
  perNodeS: sla.mesh.beaconsPerNodeS,
  random: random.stream(`receivers ${nodes} ${attempt}`),
  live: tier !== 'simulation',
})

type Control = Extract<LimitStep, { type: 'control' }>

/** The control size right after a larger try that failed: what the machine takes for it then, it took for the try. */
function controlOf(scenario: Limit, { control, limits }: Frame, controls: Control[]) {
  return async (after: Control['after']): Promise<void> => {
    if (control === undefined || after.nodes <= control) return
    const order = orderOf(scenario, control, search.repeats[scenario.scope] + controls.length)
    const { run } = await measureScale(scenario.target, order)
    const step: Control = { type: 'control', after, run }
    controls.push(step)
    scenario.observe.history('limit-foretold', step)
    const cores = (run.targetCores + run.suiteCores).toFixed(2)
    scenario.log(`${control} nodes again: ${cores} cores ${failuresOf(run, limits).join('; ')}`)
  }
}

/** One size, measured and recorded; what the measuring side could not bear says nothing. */
function trialOf(scenario: Limit, { limits }: Frame, runs: ScaleRun[]): Trial {
  const { target, observe, log } = scenario
  return async (nodes, attempt) => {
    const measured = await measureScale(target, orderOf(scenario, nodes, attempt))
    const { run, receiptsDropped, figures } = measured
    runs.push(run)
    for (const { name, unit, value } of figures) observe.measure(`${name} at ${nodes} nodes`, unit, value)
    const failures = failuresOf(run, limits)
    const broken = run.suiteCores > sla.premises.generatorCores || receiptsDropped > 0
    const outcome: Outcome = broken ? 'unknown' : failures.length > 0 ? 'fails' : 'holds'
    observe.history('limit-foretold', { type: 'run', run, outcome, receiptsDropped })
    // What overload does to receipts shows as failure; only a size that holds can owe it to receipts left out.
    if (outcome === 'holds') checkTold(observe, measured)
    // Larger sizes are meant to lose beacons at last: what they deliver is no promise.
    if (outcome !== 'unknown' && nodes <= largestKnown(scenario.scope))
      observe.proportion('beacon-delivery', Math.min(run.beaconsUsed, run.beaconsOffered), run.beaconsOffered)
    const cores = (run.targetCores + run.suiteCores).toFixed(2)
    const p99 = run.latencyMs === null ? '–' : `${run.latencyMs.p99.toFixed(1)} ms`
    log(`${nodes} nodes, try ${attempt + 1}: ${outcome}, p99 ${p99}, ${cores} cores ${failures.join('; ')}`)
    return { outcome }
  }
}
