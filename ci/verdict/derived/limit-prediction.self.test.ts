import { expect, test } from 'vitest'
import { foretell } from '../../../suites/analysis/foretelling.ts'
import { plainFrame as frame, plainMesh, runOf } from '../../../suites/analysis/synthetic-mesh.ts'
import { randomFrom } from '../../../suites/contract/random.ts'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { derive } from './registry.ts'

type Step = HistoryItem<'limit-foretold'>

const noise = { random: randomFrom('n'), spread: 0.01 }
const tried = (nodes: number, startedAtMs: number, outcome: 'holds' | 'fails'): Extract<Step, { type: 'run' }> => ({
  type: 'run',
  run: { ...runOf(plainMesh, nodes, noise), startedAtMs },
  outcome,
  receiptsDropped: 0,
})
const small = [500, 1_000, 1_500].map((nodes, index) => tried(nodes, index, 'holds'))
const foretold = foretell(
  small.map(({ run }) => run),
  frame,
)
/** A search that ends as the tries say, and says of itself that nothing failed. */
const steps = (last: 'holds' | 'fails'): readonly Step[] => [
  frame,
  ...small,
  { type: 'prediction', atMs: 10, foretold },
  tried(2_000, 11, 'holds'),
  tried(2_667, 12, last),
  { type: 'found', ended: 'never failed', lastHeld: 2_667, firstFailed: null, interval: [2_667, null] },
]
const derived = (items: readonly unknown[]) => derive('limit-foretold', () => items, 0.95).series

test('the prediction is held against what the tries say failed, not against what the search says', () => {
  const off = Math.abs((foretold.nodes ?? 0) - 2_667) / 2_667
  expect(derived(steps('fails'))).toEqual([
    { type: 'series', name: 'limit-prediction', unit: '1', values: [expect.closeTo(off, 12)], censored: 0 },
  ])
})

test('a prediction is held against nothing where no control held that would tell the speed of the machine', () => {
  const [, , again] = small
  if (again === undefined) throw new Error('There are no small sizes.')
  const { run } = again
  const controlled = (unanswered?: string): readonly Step[] =>
    steps('fails').flatMap((step): readonly Step[] => {
      if (step.type === 'frame') return [{ ...step, control: run.nodes }]
      const isFailed = step.type === 'run' && step.run.nodes === 2_667
      const after = { nodes: 2_667, attempt: 0 }
      return isFailed ? [step, { type: 'control', after, run: { ...run, unanswered }, receiptsDropped: 0 }] : [step]
    })
  expect(derived(controlled())).toHaveLength(1)
  expect(derived(controlled('meshReceipts failed'))).toEqual([])
})

test('tries that close no bracket say nothing of the prediction, whoever claims that they do', () => {
  expect(derived(steps('holds'))).toEqual([])
  expect(derived(steps('fails').filter(({ type }) => type !== 'prediction'))).toEqual([])
  expect(derived([])).toEqual([])
})
