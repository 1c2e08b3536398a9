/** A made-up mesh grown to its limit, for the self tests of the load report; nothing was measured. */
import { foretell, type Frame } from '../../suites/analysis/foretelling.ts'
import { plainMesh, runOf, trueLimit } from '../../suites/analysis/synthetic-mesh.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import type { MeasuredGrowth } from './load-study.ts'

const frame: Frame = {
  type: 'frame',
  cost: 'measured',
  limits: { latencyMs: 100, quantile: 0.99, lossShare: 0.001, formWithinMs: 60_000 },
  ceilings: { machineCores: plainMesh.machineCores, latencyMs: 100, formWithinMs: 60_000 },
  seed: 's',
  confidence: 0.9,
  timerProfile: 'high-rate',
}
export const sampleLimit = trueLimit(plainMesh)
const runs = [500, 1_000, 1_500, 2_000, sampleLimit + 40].map((nodes) =>
  runOf(plainMesh, nodes, { random: randomFrom(String(nodes)), spread: 0.02 }),
)
export const sampleGrowth: MeasuredGrowth = {
  requirement: 'LOAD-LIMIT',
  tier: 'processes',
  frame,
  trials: runs.map((run) => ({ run, outcome: run.nodes > sampleLimit ? 'fails' : 'holds' })),
  foretold: foretell(runs.slice(0, 3), frame),
  found: {
    type: 'found',
    ended: 'bracketed',
    lastHeld: 2_000,
    firstFailed: sampleLimit + 40,
    interval: [2_000, sampleLimit + 40],
  },
  figures: [
    { name: 'network bytes sent', unit: 'B/s', sizes: [500, 1_000].map((nodes) => ({ nodes, value: 900 * nodes })) },
    { name: 'SVID rotation p99', unit: 'ms', sizes: [{ nodes: 500, value: null }] },
  ],
}
