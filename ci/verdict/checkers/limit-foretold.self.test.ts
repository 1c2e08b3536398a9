import { expect, test } from 'vitest'
import { foretell, foretellAt, type Frame } from '../../../suites/analysis/foretelling.ts'
import { plainFrame as frame, plainMesh, runOf, trueLimit } from '../../../suites/analysis/synthetic-mesh.ts'
import { randomFrom } from '../../../suites/contract/random.ts'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { limitForetold } from './limit-foretold.ts'

type Step = HistoryItem<'limit-foretold'>

const limit = trueLimit(plainMesh)
/** Two steps of the search from the largest size that the limit is foretold from. */
const beyond = 2_667
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
const failing = stepOf(runAt(beyond, 12), 'fails')
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
  found(2_000, beyond),
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
        step.type === 'prediction' ? { ...step, foretold: { ...step.foretold, nodes: beyond } } : step,
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
  [
    /2667 nodes are said to show something, but the measuring side gave out/,
    (steps) => steps.map((step) => (step === failing ? { ...failing, receiptsDropped: 3 } : step)),
  ],
  [
    /2000 nodes are said to show something, but the measuring side gave out/,
    (steps) =>
      steps.map((step) =>
        step.type === 'run' && step.run.nodes === 2_000 ? { ...step, run: { ...step.run, suiteCores: 0.95 } } : step,
      ),
  ],
  [/first failed size is said to be 2600, the runs say/, (steps) => [...steps.slice(0, -1), found(2_000, 2_600)]],
  [
    /last size that held is said to be 1500, the runs say 2000/,
    (steps) => [...steps.slice(0, -1), found(1_500, beyond)],
  ],
])('found out: %s', (violation, spoil) => {
  expect(limitForetold(spoil(good)).join('\n')).toMatch(violation)
})

/** The same search, told otherwise at its end. */
const told = (change: Partial<Extract<Step, { type: 'found' }>>): readonly Step[] =>
  good.map((step) => (step.type === 'found' ? { ...step, ...change } : step))
/** From before searches told their rule. */
const ruleless = (steps: readonly Step[]): readonly Step[] =>
  steps.map((step) => {
    if (step.type !== 'frame') return step
    const { search, ...rest } = step
    return search === undefined ? step : rest
  })

test('a forged interval or end is found out, by the rule of the search and without it', () => {
  expect(limitForetold(ruleless(good))).toEqual([])
  for (const steps of [told({ interval: [2_300, beyond] }), ruleless(told({ interval: [2_300, beyond] }))])
    expect(limitForetold(steps)).toEqual([
      `tries are said to agree up to 2300 and from ${beyond} nodes, they do up to 2000 and from ${beyond}`,
    ])
  for (const steps of [told({ ended: 'never failed' }), ruleless(told({ ended: 'never failed' }))])
    expect(limitForetold(steps)).toEqual([
      'the search is said to have ended as "never failed", its tries say "bracketed"',
    ])
})

test('a search that broke off, or tried what it would not have tried, is found out', () => {
  const searched = (change: Partial<NonNullable<Frame['search']>>) =>
    good.map((step) =>
      step.type === 'frame' && step.search ? { ...step, search: { ...step.search, ...change } } : step,
    )
  expect(limitForetold(searched({ resolution: 0.1 })).join()).toMatch('would have tried 2334 nodes, try 1: no such run')
  expect(limitForetold(searched({ repeats: 3 })).join()).toMatch('would have tried 1500 nodes, try 2: no such run')
  expect(limitForetold(searched({ from: 1_000 })).join()).toMatch('said to begin at 1000 nodes')
  const once = stepOf(runAt(2_000, 11.5), 'holds')
  expect(limitForetold([...good.slice(0, -1), once, found(2_000, beyond)])).toEqual([
    '2000 nodes, try 1: the search would not have made it',
  ])
})

test('a try that said nothing ends the search as one whose measuring side gave out', () => {
  const gaveOut = { ...runAt(beyond, 12), suiteCores: 0.95 }
  const steps: readonly Step[] = [
    ...good.slice(0, -2),
    stepOf(gaveOut, 'unknown'),
    { type: 'found', ended: 'premise broke', lastHeld: 2_000, firstFailed: null, interval: [2_000, null] },
  ]
  for (const told of [steps, ruleless(steps)])
    expect(limitForetold(told).filter((violation) => !violation.includes('are said to fail'))).toEqual([])
  const never = steps.map((step) => (step.type === 'found' ? { ...step, ended: 'never failed' as const } : step))
  expect(limitForetold(never).join()).toMatch('its tries say "premise broke"')
})

test('an analyzer that ignores a failed size is found out, whichever size it leaves out', () => {
  const early = stepOf(runAt(limit + 20, 11.5), 'fails')
  const steps = [...good.slice(0, -2), early, failing, found(2_000, beyond)]
  expect(limitForetold(steps).join()).toMatch(`the runs say ${limit + 20}`)
})

test('what is foretold at the speed of the failing tries is made again of both', () => {
  const timed = <S extends Step>(step: S, yardstickMs: number): S =>
    step.type === 'run' ? { ...step, run: { ...step.run, yardstickMs } } : step
  const before = small.map((run) => ({ ...run, yardstickMs: 10 }))
  // A machine at four fifths of its speed fails so much earlier.
  const slow = timed(failing, 12.5)
  const then = foretellAt(before, { tries: slow.type === 'run' ? [slow.run] : [], controls: [] }, frame).nodes
  const usual = foretell(before, frame).nodes
  expect((then ?? 0) / (usual ?? 1)).toBeCloseTo(0.8, 1)
  const toldThen = (foretoldThen: number | null) => [
    frame,
    ...before.map((run) => stepOf(run, 'holds')),
    { type: 'prediction', atMs: 10, foretold: foretell(before, frame) } as const,
    stepOf(runAt(2_000, 11), 'holds'),
    slow,
    { ...found(2_000, beyond), foretoldThen } as Step,
  ]
  expect(limitForetold(toldThen(then))).toEqual([])
  expect(limitForetold(toldThen(usual)).join()).toMatch('at the speed of the failing tries')
})

/** The same search on a machine that turned slower by a quarter without its yardstick; with controls after the try that failed. */
function controlled(dearer: number) {
  const inFrame: Frame = { ...frame, control: 1_500 }
  const before = small.map((run) => ({ ...run, yardstickMs: 10 }))
  const again = before.at(-1)
  if (again === undefined) throw new Error('There are no small sizes.')
  const run = { ...again, attempt: 1, startedAtMs: 13, targetCores: again.targetCores * dearer }
  const slow = { ...failing, run: { ...runAt(beyond, 12), yardstickMs: 10 } } as const
  const foretold = foretell(before, inFrame)
  const then = foretellAt(before, { tries: [slow.run], controls: [run] }, inFrame).nodes
  const control: Step = { type: 'control', after: { nodes: beyond, attempt: 0 }, run }
  const told = (...controls: readonly Step[]): readonly Step[] => [
    inFrame,
    ...before.map((one) => stepOf(one, 'holds')),
    { type: 'prediction', atMs: 10, foretold },
    stepOf(runAt(2_000, 11), 'holds'),
    slow,
    ...controls,
    { ...found(2_000, beyond), foretoldThen: then } as Step,
  ]
  return { told, control, slowed: then, usual: foretold.nodes }
}

test('a control that is dearer foretells a smaller limit than the yardstick does, and is made again', () => {
  const { told, control, slowed, usual } = controlled(1.25)
  expect((slowed ?? 0) / (usual ?? 1)).toBeCloseTo(0.8, 1)
  expect(limitForetold(told(control))).toEqual([])
})

test('a control that is missing, of another size or of another try is found out', () => {
  const { told, control } = controlled(1.25)
  if (control.type !== 'control') throw new Error('It is a control.')
  const name = `${beyond} nodes, try 1`
  expect(limitForetold(told()).join()).toMatch(`${name} failed without a control after it`)
  const small = { ...control, run: { ...control.run, nodes: 1_000 } }
  expect(limitForetold(told(small)).join()).toMatch(`1000 nodes were the control of ${name}, not 1500`)
  const other = { ...control, after: { nodes: 2_000, attempt: 0 } }
  expect(limitForetold(told(other)).join()).toMatch('the control of 2000 nodes, try 1 does not follow a failure of it')
  expect(limitForetold(told(control, control)).join()).toMatch('does not follow a failure of it')
})

test('a control that nobody owed, or of a size that is not the largest known, is found out', () => {
  const { told, control } = controlled(1.25)
  const held = { ...control, after: { nodes: 2_000, attempt: 0 } }
  const steps = told(control)
  const at = steps.findIndex((step) => step.type === 'run' && step.run.nodes === 2_000)
  expect(limitForetold(steps.toSpliced(at + 1, 0, held)).join()).toMatch(
    'the control of 2000 nodes, try 1 does not follow a failure of it',
  )
  const another = steps.map((step) => (step.type === 'frame' ? { ...step, control: 1_000 } : step))
  expect(limitForetold(another).join()).toMatch('the control has 1000 nodes, the search begins at 1500')
})

test('a control that the measuring side could not bear tells nothing of the machine', () => {
  const { told, control, usual } = controlled(1.25)
  const missed = told({ ...control, receiptsDropped: 1 } as Step)
  expect(limitForetold(missed).join()).toMatch(
    `are said to be foretold at the speed of the failing tries, the analyzer makes ${usual}`,
  )
})
