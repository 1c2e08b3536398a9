import { failuresOf } from '../../../suites/analysis/failure.ts'
import { failingOf, foretell, foretellAt, isBorne, type Frame } from '../../../suites/analysis/foretelling.ts'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { limitCourse, nameOf, runsBefore, runsIn, type TriedRun as Run } from './limit-course.ts'

type Step = HistoryItem<'limit-foretold'>
type Found = Extract<Step, { type: 'found' }>

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** A size fails when its figures do, whatever the body made of them; it says nothing just where the measuring side gave out. */
function outcomeViolations(runs: readonly Run[], frame: Frame): readonly string[] {
  return runs.flatMap((step) => {
    const { run, outcome, receiptsDropped } = step
    const failures = failuresOf(run, frame.limits)
    const holds = failures.length === 0
    const isTold = frame.suiteCoresMax !== undefined && receiptsDropped !== undefined
    if (outcome === 'unknown')
      return isTold && isBorne(step, frame)
        ? [`${run.nodes} nodes are said to show nothing, but the measuring side kept up`]
        : []
    if (!isBorne(step, frame)) return [`${run.nodes} nodes are said to show something, but the measuring side gave out`]
    if ((outcome === 'holds') === holds) return []
    return [`${run.nodes} nodes are said to ${holds ? 'fail' : `hold: ${failures.join('; ')}`}`]
  })
}

/** The prediction stood before any size beyond those that it was made from, and is what the analyzer makes of them. */
function predictionViolations(steps: readonly Step[], frame: Frame): readonly string[] {
  const prediction = steps.find((step) => step.type === 'prediction')
  if (prediction === undefined) return ['nothing was foretold']
  const runs = runsIn(steps).map(({ run }) => run)
  const before = runsBefore(steps).map(({ run }) => run)
  const { foretold, atMs } = prediction
  const largest = Math.max(0, ...foretold.from)
  const early = runs.find(({ nodes, startedAtMs }) => nodes > largest && startedAtMs < atMs)
  const again = foretell(before, frame)
  return [
    ...(early === undefined ? [] : [`${early.nodes} nodes ran before the prediction from ${foretold.from.join(', ')}`]),
    ...(same(again, foretold)
      ? []
      : [`foretold ${foretold.nodes} nodes, the analyzer makes ${again.nodes} of the same runs`]),
  ]
}

/** What was foretold at the speed of the failing tries is what the analyzer makes of both. */
function speedViolations(
  steps: readonly Step[],
  frame: Frame,
  { firstFailed, foretoldThen }: Found,
): readonly string[] {
  // Runs from before this was told are judged as they were.
  if (firstFailed === null || foretoldThen === undefined) return []
  const before = runsBefore(steps).map(({ run }) => run)
  const again = foretellAt(before, failingOf(steps, firstFailed, frame), frame).nodes
  return again === foretoldThen
    ? []
    : [`${foretoldThen} nodes are said to be foretold at the speed of the failing tries, the analyzer makes ${again}`]
}

/** A control size that the frame names is the largest known, and was measured right after each larger try that failed, then alone. */
function controlViolations(steps: readonly Step[], { control, search }: Frame): readonly string[] {
  const course = steps.filter((step) => step.type === 'run' || step.type === 'control')
  const isOwed = (step: Step | undefined): step is Run =>
    step?.type === 'run' && control !== undefined && step.run.nodes > control && step.outcome === 'fails'
  const strays = course.flatMap((step, index) => {
    if (step.type === 'run')
      return isOwed(step) && course[index + 1]?.type !== 'control'
        ? [`${nameOf(step.run)} failed without a control after it`]
        : []
    const { after, run } = step
    const previous = course[index - 1]
    const follows = isOwed(previous) && nameOf(previous.run) === nameOf(after)
    return [
      ...(run.nodes === control ? [] : [`${run.nodes} nodes were the control of ${nameOf(after)}, not ${control}`]),
      ...(follows ? [] : [`the control of ${nameOf(after)} does not follow a failure of it`]),
    ]
  })
  const isLargest = control === undefined || search === undefined || control === search.from
  return isLargest ? strays : [`the control has ${control} nodes, the search begins at ${search.from}`, ...strays]
}

/** The bracket is what the runs say: the majority failed at its upper end, held at its lower, and at no smaller size failed. */
function foundViolations({ lastHeld, firstFailed }: Found, runs: readonly Run[]): readonly string[] {
  const verdicts = [...Map.groupBy(runs, ({ run }) => run.nodes)].map(([nodes, own]) => {
    const failed = own.filter(({ outcome }) => outcome === 'fails').length
    const held = own.filter(({ outcome }) => outcome === 'holds').length
    return { nodes, fails: failed > 0 && failed >= held, holds: held > failed }
  })
  const first = verdicts.filter(({ fails }) => fails).toSorted((a, b) => a.nodes - b.nodes)[0]
  const upper = first?.nodes ?? null
  const lower = verdicts.filter(({ nodes, holds }) => holds && nodes < (upper ?? Infinity)).map(({ nodes }) => nodes)
  const largest = lower.length === 0 ? null : Math.max(...lower)
  return [
    ...(upper === firstFailed ? [] : [`first failed size is said to be ${firstFailed}, the runs say ${upper}`]),
    ...(largest === lastHeld ? [] : [`last size that held is said to be ${lastHeld}, the runs say ${largest}`]),
  ]
}

/** How the search ended, and between which sizes its tries agree, is what the tries say; and they are those that it would have made. */
function endViolations(steps: readonly Step[], frame: Frame, { ended, interval }: Found): readonly string[] {
  const course = limitCourse(steps, frame)
  if (course === null) return []
  const { found, strays } = course
  return [
    ...strays,
    ...(found.ended === ended
      ? []
      : [`the search is said to have ended as "${ended}", its tries say "${found.ended}"`]),
    ...(same(found.interval, interval)
      ? []
      : [
          `tries are said to agree up to ${interval[0]} and from ${interval[1]} nodes, they do up to ${found.interval[0]} and from ${found.interval[1]}`,
        ]),
  ]
}

/** A search for the limit: foretold before it was found, from what was measured, and no failed size left out. */
export function limitForetold(steps: readonly Step[]): readonly string[] {
  const frames = steps.filter((step) => step.type === 'frame')
  const [frame] = frames
  if (frame === undefined || frames.length > 1) return [`${frames.length} frames: one search has one`]
  const runs = runsIn(steps)
  const found = steps.find((step) => step.type === 'found')
  return [
    ...outcomeViolations(runs, frame),
    ...predictionViolations(steps, frame),
    ...controlViolations(steps, frame),
    ...(found === undefined
      ? ['nothing was found']
      : [
          ...foundViolations(found, runs),
          ...speedViolations(steps, frame, found),
          ...endViolations(steps, frame, found),
        ]),
  ]
}
