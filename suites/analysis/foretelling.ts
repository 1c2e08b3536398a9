import { randomFrom } from '../contract/random.ts'
import { speedDrift, usualYardstickMs } from '../evidence/machine-speed.ts'
import { median } from '../evidence/median.ts'
import type { Foretold, LimitStep, ScaleRun } from '../evidence/scale-run.ts'
import { failuresOf } from './failure.ts'
import { predictLimit, type Speed } from './prediction.ts'

export type Frame = Extract<LimitStep, { type: 'frame' }>

/** What tells of the machine while a size failed: its tries, and what the frame's control size took right after them. */
export type Failing = { readonly tries: readonly ScaleRun[]; readonly controls: readonly ScaleRun[] }

/** A size as it was measured, and how many receipts of it nobody read in time; where that was not told, none. */
type Taken = { readonly run: ScaleRun; readonly receiptsDropped?: number | undefined }

/** Whether the measuring side bore a size: what it could not bear says nothing of the target. */
export const isBorne = ({ run, receiptsDropped = 0 }: Taken, { suiteCoresMax = Infinity }: Frame): boolean =>
  run.suiteCores <= suiteCoresMax && receiptsDropped === 0

/** What a size that failed shows of the machine, from the course of a search; of null nothing. */
export const failingOf = (steps: readonly LimitStep[], nodes: number | null, frame: Frame): Failing => ({
  tries: steps.flatMap((step) => (step.type === 'run' && step.run.nodes === nodes ? [step.run] : [])),
  controls: steps.flatMap((step) =>
    step.type === 'control' && step.after.nodes === nodes && isBorne(step, frame) ? [step.run] : [],
  ),
})

const holds = (run: ScaleRun, { limits }: Frame): boolean => failuresOf(run, limits).length === 0
const coresOf = ({ targetCores, suiteCores }: ScaleRun): number => targetCores + suiteCores

/** What is foretold of the limit from some runs in the frame of a search: the same in the body, the judge and the report. */
export function foretell(runs: readonly ScaleRun[], frame: Frame, speed: Speed = {}): Foretold {
  const { ceilings, seed, confidence } = frame
  const held = runs.filter((run) => holds(run, frame))
  const foresight = { random: randomFrom(seed), confidence, ...speed }
  const { nodes, interval, decidedBy, from } = predictLimit(held, ceilings, foresight)
  return { nodes, interval: interval === null ? null : [interval[0], interval[1]], decidedBy, from: [...from] }
}

const controlRuns = (before: readonly ScaleRun[], frame: Frame): readonly ScaleRun[] =>
  before.filter((run) => run.nodes === frame.control && holds(run, frame))

/** How many times as dear the control size was after the failing tries as before the prediction; null where it did not hold. */
function dearnessOf(before: readonly ScaleRun[], { controls }: Failing, frame: Frame): number | null {
  const then = median(controlRuns(before, frame).map(coresOf)) ?? 0
  const now = median(controls.filter((run) => holds(run, frame)).map(coresOf)) ?? 0
  return then > 0 && now > 0 ? now / then : null
}

/** By which share the machine was slower or faster while a size failed than before; null: nothing tells. */
export function driftOf(before: readonly ScaleRun[], failing: Failing, frame: Frame): number | null {
  if (frame.control === undefined) return speedDrift(before, failing.tries)
  const dearness = dearnessOf(before, failing, frame)
  return dearness === null ? null : Math.abs(dearness - 1)
}

/**
 * The same, at the speed that the machine had while a size failed. A machine slows down in more ways than a fixed work of
 * the processor shows (memory, kernel, neighbours), so that a mesh which held is the better measure: its cost, again.
 */
export function foretellAt(before: readonly ScaleRun[], failing: Failing, frame: Frame): Foretold {
  const dearness = frame.control === undefined ? null : dearnessOf(before, failing, frame)
  const speed =
    dearness === null
      ? { yardstickMs: usualYardstickMs(failing.tries) ?? usualYardstickMs(before) }
      : { yardstickMs: usualYardstickMs(controlRuns(before, frame)), dearness }
  return foretell(before, frame, speed)
}
