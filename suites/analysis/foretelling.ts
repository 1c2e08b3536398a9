import { randomFrom } from '../contract/random.ts'
import type { Foretold, LimitStep, ScaleRun } from '../evidence/scale-run.ts'
import { failuresOf } from './failure.ts'
import { predictLimit } from './prediction.ts'

export type Frame = Extract<LimitStep, { type: 'frame' }>

/** What is foretold of the limit from some runs in the frame of a search: the same in the body, the judge and the report. */
export function foretell(runs: readonly ScaleRun[], { limits, ceilings, seed, confidence }: Frame): Foretold {
  const held = runs.filter((run) => failuresOf(run, limits).length === 0)
  const { nodes, interval, decidedBy, from } = predictLimit(held, ceilings, { random: randomFrom(seed), confidence })
  return { nodes, interval: interval === null ? null : [interval[0], interval[1]], decidedBy, from: [...from] }
}
