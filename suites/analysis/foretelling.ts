import { randomFrom } from '../contract/random.ts'
import type { Foretold, LimitStep, ScaleRun } from '../evidence/scale-run.ts'
import { usualYardstickMs } from '../evidence/machine-speed.ts'
import { failuresOf } from './failure.ts'
import { predictLimit } from './prediction.ts'

export type Frame = Extract<LimitStep, { type: 'frame' }>

/**
 * What is foretold of the limit from some runs in the frame of a search: the same in the body, the judge and the report.
 * At another speed of the machine (ms of the yardstick) the same growth ends elsewhere.
 */
export function foretell(
  runs: readonly ScaleRun[],
  { limits, ceilings, seed, confidence }: Frame,
  yardstickMs?: number | null,
): Foretold {
  const held = runs.filter((run) => failuresOf(run, limits).length === 0)
  const speed = yardstickMs === undefined || yardstickMs === null ? {} : { yardstickMs }
  const foresight = { random: randomFrom(seed), confidence, ...speed }
  const { nodes, interval, decidedBy, from } = predictLimit(held, ceilings, foresight)
  return { nodes, interval: interval === null ? null : [interval[0], interval[1]], decidedBy, from: [...from] }
}

/** The same, at the speed that the machine had while a size was tried. */
export const foretellAt = (before: readonly ScaleRun[], tries: readonly ScaleRun[], frame: Frame): Foretold =>
  foretell(before, frame, usualYardstickMs(tries))
