import { expect, test } from 'vitest'
import { foretell, foretellAt, type Frame } from '../../../suites/analysis/foretelling.ts'
import { plainMesh, runOf, trueLimit } from '../../../suites/analysis/synthetic-mesh.ts'
import { randomFrom } from '../../../suites/contract/random.ts'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { limitForetold } from './limit-foretold.ts'

type Step = HistoryItem<'limit-foretold'>

const frame: Frame = {
  type: 'frame',
  cost: 'measured',
  limits: { latencyMs: 100, quantile: 0.99, lossShare: 0.001, formWithinMs: 60_000 },
  ceilings: { machineCores: plainMesh.machineCores, latencyMs: 100, formWithinMs: 60_000 },
  suiteCoresMax: 0.9,
  seed: 's',
  confidence: 0.9,
  timerProfile: 'high-rate',
}
const limit = trueLimit(plainMesh)
const noise = { random: randomFrom('n'), spread: 0.01 }
const runAt = (nodes: number, startedAtMs: number) => ({ ...runOf(plainMesh, nodes, noise), startedAtMs })
const small = [500, 1_000, 1_500].map((nodes, index) => runAt(nodes, index))
const stepOf = (run: (typeof small)[number], outcome: 'holds' | 'fails' | 'unknown'): Step => ({
  type: 'run',
  run,
  outcome,
  receiptsDropped: 0,
})
const prediction: Step = { type: 'prediction', atMs: 10, foretold: foretell(small, frame) }
const failing = stepOf(runAt(limit + 100, 12), 'fails')
const found = (lastHeld: number, firstFailed: number): Step => ({
  type: 'found',
  ended: 'bracketed',
  lastHeld,
  firstFailed,
  interval: [lastHeld, firstFailed],
})
const good: readonly Step[] = [
  frame,
  ...small.map((run) => stepOf(run, 'holds')),
  prediction,
  stepOf(runAt(2_000, 11), 'holds'),
  failing,
  found(2_000, limit + 100),
]

test('a search that was foretold, found and told in full is clean', () => {
  expect(limitForetold(good)).toEqual([])
})

test.each<[RegExp, (steps: readonly Step[]) => readonly Step[]]>([
  [/0 frames/, (steps) => steps.slice(1)],
  [/nothing was foretold/, (steps) => steps.filter(({ type }) => type !== 'prediction')],
  [/nothing was found/, (steps) => steps.slice(0, -1)],
  [/said to show nothing, but the measuring side kept up/, (steps) => [...steps, stepOf(runAt(1_900, 13), 'unknown')]],
  [/ran before the prediction/, (steps) => [...steps, stepOf(runAt(1_800, 5), 'holds')]],
  [
    /the analyzer makes/,
    (steps) =>
      steps.map((step) =>
        step.type === 'prediction' ? { ...step, foretold: { ...step.foretold, nodes: limit + 100 } } : step,
      ),
  ],
  [
    /are said to hold: p99 is/,
    (steps) => steps.map((step) => (step === failing ? { ...failing, outcome: 'holds' as const } : step)),
  ],
  [
    /are said to hold: a mesh of 2000 nodes took 60001 ms to form, 60000 ms are allowed/,
    (steps) =>
      steps.map((step) =>
        step.type === 'run' && step.run.nodes === 2_000 ? { ...step, run: { ...step.run, formedInMs: 60_001 } } : step,
      ),
  ],
  [
    /are said to fail/,
    (steps) => steps.map((step) => (step.type === 'run' ? { ...step, outcome: 'fails' as const } : step)),
  ],
  [/first failed size is said to be 2600, the runs say/, (steps) => [...steps.slice(0, -1), found(2_000, 2_600)]],
  [
    /last size that held is said to be 1500, the runs say 2000/,
    (steps) => [...steps.slice(0, -1), found(1_500, limit + 100)],
  ],
])('found out: %s', (violation, spoil) => {
  expect(limitForetold(spoil(good)).join('\n')).toMatch(violation)
})

test('an analyzer that ignores a failed size is found out, whichever size it leaves out', () => {
  const early = stepOf(runAt(limit + 20, 11.5), 'fails')
  const steps = [...good.slice(0, -2), early, failing, found(2_000, limit + 100)]
  expect(limitForetold(steps).join()).toMatch(`the runs say ${limit + 20}`)
})

test('what is foretold at the speed of the failing tries is made again of both', () => {
  const timed = <S extends Step>(step: S, yardstickMs: number): S =>
    step.type === 'run' ? { ...step, run: { ...step.run, yardstickMs } } : step
  const before = small.map((run) => ({ ...run, yardstickMs: 10 }))
  // A machine at four fifths of its speed fails so much earlier.
  const slow = timed(failing, 12.5)
  const then = foretellAt(before, slow.type === 'run' ? [slow.run] : [], frame).nodes
  const usual = foretell(before, frame).nodes
  expect((then ?? 0) / (usual ?? 1)).toBeCloseTo(0.8, 1)
  const told = (foretoldThen: number | null) => [
    frame,
    ...before.map((run) => stepOf(run, 'holds')),
    { type: 'prediction', atMs: 10, foretold: foretell(before, frame) } as const,
    stepOf(runAt(2_000, 11), 'holds'),
    slow,
    { ...found(2_000, limit + 100), foretoldThen } as Step,
  ]
  expect(limitForetold(told(then))).toEqual([])
  expect(limitForetold(told(usual)).join()).toMatch('at the speed of the failing tries')
})
