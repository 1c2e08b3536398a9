import { expect, test } from 'vitest'
import { defect as secondDeathBelieved } from '../fixtures/defects/second-death-believed.ts'
import { referenceParts, type ReferenceParts } from '../fixtures/parts.ts'
import type { Defect } from '../fixtures/replacement.ts'
import { simulatedTarget } from '../fixtures/simulation/target.ts'
import { severed } from '../suites/contract/path.ts'
import { drawSchedule } from './default-mix.ts'
import { planHash, readFaultPlan, type FaultPlan, type FaultStep } from './fault-plan.ts'
import { planRefusal } from './guards.ts'
import { minimise } from './minimise.ts'
import { keptRegressions } from './regression.ts'
import { runSchedule } from './schedule-run.ts'

const nodes = (count: number) => Array.from({ length: count }, (_, index) => `node-${index}`)
const crash = { atMs: 600, fault: 'crash', scope: { nodes: ['node-1'] }, forMs: 2_000 }
const planOf = (...steps: FaultPlan['steps']): FaultPlan => ({
  schema: 'meshcert/fault-plan/v1',
  seed: 'self',
  nodes: 12,
  steps,
})

test.each<[string, unknown]>([
  ['atS', { ...crash, atMs: undefined, atS: 1 }],
  ['scope', { ...crash, scope: { node: ['node-1'] } }],
  ['forMs', { ...crash, forMs: '2s' }],
  ['forMs', { ...crash, forMs: 2 }],
  ['delayS', { ...crash, fault: 'latency', scope: { paths: [{ path: { latency: { delayS: 1 } } }] } }],
  ['share', { ...crash, fault: 'loss', scope: { paths: [{ path: { loss: { share: 50 } } }] } }],
])('a plan with a wrong key or unit is refused and %s is named', (name, step) => {
  expect(() => readFaultPlan({ ...planOf(), steps: [step] })).toThrow(new RegExp(`nothing was touched.*${name}`))
})

test('a plan is the same after JSON, whatever the order of its keys', () => {
  const { schema, seed, ...rest } = drawSchedule({ seed: 'self', nodes: 24 })
  expect(planHash({ ...rest, seed, schema })).toBe(planHash({ schema, seed, ...rest }))
  expect(planHash(readFaultPlan(JSON.parse(JSON.stringify({ schema, seed, ...rest }))))).toBe(
    planHash({ schema, seed, ...rest }),
  )
})

test('drawn schedules overlap, keep to the guards, and end with the safety phase', () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const plan = drawSchedule({ seed: `self ${seed}`, nodes: 24 })
    expect(planRefusal(plan, nodes(24))).toBeNull()
    expect(
      planRefusal(drawSchedule({ seed: `self ${seed}`, nodes: 6, faults: 2, safetyMs: 2_800 }), nodes(6)),
    ).toBeNull()
    expect(plan.steps.every(({ atMs, forMs }) => atMs + (forMs ?? Infinity) <= 12_000)).toBe(true)
  }
})

test('strangers, two faults on one node and too many nodes at a time are refused, with the reason', () => {
  const many = { ...crash, scope: { nodes: nodes(5) } }
  expect(planRefusal(planOf(crash), nodes(12))).toBeNull()
  expect(planRefusal(planOf({ ...crash, scope: { nodes: ['node-12'] } }), nodes(12))).toMatch(
    /node-12.*no node of this mesh/,
  )
  expect(planRefusal(planOf(crash, { ...crash, fault: 'pause', atMs: 900 }), nodes(12))).toMatch(
    /while another step has it/,
  )
  expect(planRefusal(planOf(many), nodes(12))).toMatch(/5 of 12 nodes.*no quorum/)
})

test.each<[string, FaultStep['scope'], number]>([
  ['whom nobody hears', { paths: [{ from: nodes(5), path: severed }] }, 5],
  ['who hear nobody', { paths: [{ to: nodes(5), path: severed }] }, 5],
  ['everybody from everybody', { paths: [{ path: severed }] }, 12],
  [
    'one by one from all the others',
    { paths: nodes(5).map((node) => ({ from: [node], to: nodes(12).filter((one) => one !== node), path: severed })) },
    5,
  ],
  [
    'by a chain that stays bad',
    { paths: [{ path: { loss: { toBad: 1, toGood: 0, lossInBad: 1, lossInGood: 0 } } }] },
    12,
  ],
])('nodes that are cut off are as good as taken: %s', (_, scope, lost) => {
  const cut = { ...crash, fault: 'isolation', scope }
  expect(planRefusal(planOf(cut), nodes(12))).toMatch(new RegExp(`${lost} of 12 nodes.*no quorum`))
})

test('who is cut off adds to who is struck, and who has somebody left is not cut off', () => {
  const isolated = (...from: string[]) => ({
    ...crash,
    fault: 'isolation',
    scope: { paths: [{ from, path: severed }] },
  })
  expect(planRefusal(planOf(isolated('node-2', 'node-3', 'node-4'), crash), nodes(12))).toBeNull()
  expect(planRefusal(planOf(isolated('node-2', 'node-3', 'node-4', 'node-5'), crash), nodes(12))).toMatch(
    /5 of 12 nodes/,
  )
  const [zone, rest] = [nodes(6), nodes(12).slice(6)]
  const cut = {
    paths: [
      { from: zone, to: rest, path: severed },
      { from: rest, to: zone, path: severed },
    ],
  }
  expect(planRefusal(planOf({ ...crash, fault: 'zone cut', scope: cut }), nodes(12))).toBeNull()
})

test('a refused plan touches nothing', async () => {
  const target = await simulatedTarget({ seed: 'self', parts: referenceParts, planes: ['control', 'mesh'], nodes: 12 })
  let injected = 0
  const control = target.control && {
    ...target.control,
    injectFault: async (...order: Parameters<NonNullable<typeof target.control>['injectFault']>) => {
      injected += 1
      return target.control!.injectFault(...order)
    },
  }
  const run = (plan: FaultPlan) =>
    runSchedule({ target: { ...target, ...(control && { control }) }, plan, proving: false })
  await expect(run(planOf(crash, { ...crash, scope: { nodes: nodes(5) }, atMs: 5_000 }))).rejects.toThrow(/no quorum/)
  await expect(run(planOf(crash, { ...crash, fault: 'crush', atMs: 5_000 }))).rejects.toThrow(
    /no fault is called "crush"/,
  )
  const halves = [nodes(6), [...nodes(12).slice(6), 'node-0']]
  const wrong: readonly (readonly [FaultStep, RegExp])[] = [
    [{ ...crash, scope: {} }, /\(crash\) has a scope without nodes/],
    [{ ...crash, scope: { ...crash.scope, groups: halves } }, /\(crash\) has groups in its scope, which does nothing/],
    [{ ...crash, fault: 'partition', scope: { groups: halves } }, /\(partition\) has node-0 in its groups twice/],
    [{ ...crash, fault: 'partition', scope: { groups: [nodes(6)] } }, /fewer than two groups/],
    [{ ...crash, fault: 'latency', scope: { paths: [] } }, /\(latency\) has a scope without paths/],
  ]
  for (const [step, why] of wrong) await expect(run(planOf(crash, { ...step, atMs: 5_000 }))).rejects.toThrow(why)
  expect(injected).toBe(0)
})

test('a schedule is refused on a target without the label that lets faults in', async () => {
  const { faults: _, ...target } = await simulatedTarget({
    seed: 'self',
    parts: referenceParts,
    planes: ['control', 'mesh'],
    nodes: 12,
  })
  const before = target.eventLogHash?.()
  await expect(runSchedule({ target, plan: planOf(crash), proving: false })).rejects.toThrow(
    'The plan is refused, and nothing was touched: meshcert-reference does not carry the label',
  )
  expect(target.eventLogHash?.()).toBe(before)
})

test('a red plan is shrunk to the faults, nodes and time that it needs', async () => {
  const plan = drawSchedule({ seed: 'shrink', nodes: 24 })
  const [one, other] = [plan.steps[1]?.fault, plan.steps[5]?.fault]
  const isRed = async ({ steps, nodes: size }: FaultPlan) =>
    size >= 9 &&
    steps.some(({ fault, forMs }) => fault === one && (forMs ?? 0) >= 700) &&
    steps.some(({ fault }) => fault === other)
  const { plan: least, runs } = await minimise({ plan, isRed, runsMax: 400 })
  expect(least.steps).toHaveLength(2)
  expect(new Set(least.steps.map(({ fault }) => fault))).toEqual(new Set([one, other]))
  expect(least.steps.find(({ fault }) => fault === one)?.forMs).toBeLessThanOrEqual(800)
  expect(await isRed(least)).toBe(true)
  expect(runs).toBeLessThan(400)
})

test('a plan is red on a mesh that does not bear it, and not red on one that does', async () => {
  const cut = (atMs: number) => ({
    atMs,
    fault: 'isolation',
    scope: {
      paths: [
        { from: ['node-1'], path: severed },
        { to: ['node-1'], path: severed },
      ],
    },
    forMs: 2_500,
  })
  const plan = planOf(cut(600), cut(5_000))
  const borne = async (parts: ReferenceParts) => {
    const target = await simulatedTarget({ seed: 'self', parts, planes: ['control', 'mesh', 'healing'], nodes: 12 })
    return runSchedule({ target, plan, proving: true })
  }
  expect(await borne(referenceParts)).toMatchObject({ wrong: [], struck: [{ proven: true }, { proven: true }] })
  expect((await borne(secondDeathBelieved.replace(referenceParts))).wrong.join()).toMatch(/sees 11 of 12 members/)
})

test.each(keptRegressions().map(({ name, regression }) => [name, regression] as const))(
  'the regression %s is borne, and still finds the bug that it was kept for',
  async (_, { plan, defect }) => {
    const course = async (parts: ReferenceParts) => {
      const planes = ['control', 'mesh', 'healing'] as const
      const target = await simulatedTarget({ seed: plan.seed, parts, planes, nodes: plan.nodes })
      return runSchedule({ target, plan, proving: true })
    }
    const borne = await course(referenceParts)
    expect(borne.wrong).toEqual([])
    expect(borne.struck.filter(({ proven }) => proven !== true)).toEqual([])
    // A bug of the target itself is mended: only a planted one can be switched on again.
    if (defect === null) return
    const { defect: planted }: { defect: Defect } = await import(`../fixtures/defects/${defect}.ts`)
    expect((await course(planted.replace(referenceParts))).wrong).not.toEqual([])
  },
)
