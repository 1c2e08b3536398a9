import { sla } from '../../sla.config.ts'
import { searchCapacity, type CapacityPlan, type Outcome } from '../analysis/capacity.ts'
import { failuresOf } from '../analysis/failure.ts'
import { driftOf, failingOf, foretell, foretellAt, isBorne, type Frame } from '../analysis/foretelling.ts'
import type { LimitStep, ScaleRun } from '../evidence/scale-run.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { conclude, unfinished } from './limit-conclusion.ts'
import { frameOf } from './limit-frame.ts'
import { bringingBack } from '../mesh/formation.ts'
import { checkTold, measureScale, type Measured, type ScaleOrder } from './scale.ts'

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
  const steps: LimitStep[] = []
  const tell: Tell = (step) => {
    steps.push(step)
    observe.history('limit-foretold', step)
  }
  tell(frame)
  const once = trialOf(scenario, frame, tell)
  const controlled = controlOf(scenario, frame, tell)
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
    const failures = runsOf(steps).flatMap((run) => failuresOf(run, frame.limits))
    const why = failures.join('; ') || 'the measuring side gave out'
    return unfinished(scenario, `${nodes} nodes, of which the limit would be foretold: ${why}`)
  }
  const before = runsOf(steps)
  const foretold = foretell(before, frame)
  tell({ type: 'prediction', atMs: target.clock.nowMs(), foretold })
  log(`foretold from ${foretold.from.join(', ')}: ${foretold.nodes} nodes, by ${foretold.decidedBy}`)
  const probe = async (nodes: number, attempt: number) => (await trial(nodes, attempt)).outcome
  const found = await searchCapacity({ ...plan, probe })
  const { ended, lastHeld, firstFailed, interval } = found
  const failing = failingOf(steps, firstFailed, frame)
  const then = firstFailed === null ? null : foretellAt(before, failing, frame).nodes
  tell({ type: 'found', ended, lastHeld, firstFailed, foretoldThen: then, interval: [interval[0], interval[1]] })
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

/** Appends a step to the course of the search. */
type Tell = (step: LimitStep) => void
type Control = Extract<LimitStep, { type: 'control' }>

const runsOf = (steps: readonly LimitStep[]): readonly ScaleRun[] =>
  steps.flatMap((step) => (step.type === 'run' ? [step.run] : []))

const coresText = ({ targetCores, suiteCores }: ScaleRun): string => `${(targetCores + suiteCores).toFixed(2)} cores`

/** What one size shows; whether it holds is no news where the measuring side could not bear it. */
function outcomeOf(measured: Measured, frame: Frame): Outcome {
  if (!isBorne(measured, frame)) return 'unknown'
  return failuresOf(measured.run, frame.limits).length > 0 ? 'fails' : 'holds'
}

/** The control size right after a larger try that failed: what the machine takes for it then, it took for the try. */
function controlOf(scenario: Limit, frame: Frame, tell: Tell) {
  const { target, scope, observe, log } = scenario
  const { control, limits } = frame
  let attempt: number = search.repeats[scope]
  return async (after: Control['after']): Promise<void> => {
    if (control === undefined || after.nodes <= control) return
    const measured = await measureScale(target, orderOf(scenario, control, attempt))
    attempt += 1
    const { run, receiptsDropped } = measured
    tell({ type: 'control', after, run, receiptsDropped })
    const outcome = outcomeOf(measured, frame)
    // A mesh that sheds beacons costs less: what it takes counts only where it took all that were due.
    if (outcome === 'holds') checkTold(observe, measured)
    log(`${control} nodes again: ${outcome}, ${coresText(run)} ${failuresOf(run, limits).join('; ')}`)
  }
}

/** One size, measured and recorded. */
function trialOf(scenario: Limit, frame: Frame, tell: Tell): Trial {
  const { target, observe, log } = scenario
  return async (nodes, attempt) => {
    const measured = await measureScale(target, orderOf(scenario, nodes, attempt))
    const { run, receiptsDropped, figures } = measured
    for (const { name, unit, value } of figures) observe.measure(`${name} at ${nodes} nodes`, unit, value)
    const outcome = outcomeOf(measured, frame)
    tell({ type: 'run', run, outcome, receiptsDropped })
    // What overload does to receipts shows as failure; only a size that holds can owe it to receipts left out.
    if (outcome === 'holds') checkTold(observe, measured)
    // Larger sizes are meant to lose beacons at last: what they deliver is no promise.
    if (outcome !== 'unknown' && nodes <= largestKnown(scenario.scope))
      observe.proportion('beacon-delivery', Math.min(run.beaconsUsed, run.beaconsOffered), run.beaconsOffered)
    const p99 = run.latencyMs === null ? '–' : `${run.latencyMs.p99.toFixed(1)} ms`
    const why = failuresOf(run, frame.limits).join('; ')
    log(`${nodes} nodes, try ${attempt + 1}: ${outcome}, p99 ${p99}, ${coresText(run)} ${why}`)
    return { outcome }
  }
}
