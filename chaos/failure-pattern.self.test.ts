import { expect, test } from 'vitest'
import { defect as secondDeathBelieved } from '../fixtures/defects/second-death-believed.ts'
import { referenceParts, type ReferenceParts } from '../fixtures/parts.ts'
import { simulatedTarget } from '../fixtures/simulation/target.ts'
import { sla, type FailurePattern } from '../sla.config.ts'
import { randomFrom } from '../suites/contract/random.ts'
import { planOf } from './failure-pattern.ts'
import { planHash, type FaultPlan, type FaultStep } from './fault-plan.ts'
import { runSchedule, type ScheduleEnd } from './schedule-run.ts'

const nodes = Array.from({ length: 40 }, (_, index) => `node-${index}`)
const times = { from: 0.1, until: 0.7 } as const
/** Ten seconds of load: a pattern of six seconds from the first one on. */
const planned = (pattern: FailurePattern, seed = 'seed'): readonly FaultStep[] =>
  planOf([pattern], { nodes, random: randomFrom(seed), seconds: 10 })
const spans = (steps: readonly FaultStep[]) => steps.map(({ atMs, forMs }) => [atMs, atMs + (forMs ?? 0)])
const victims = (steps: readonly FaultStep[]) => steps.map(({ scope }) => scope.nodes ?? [])

test('together: all at once, for the whole time', () => {
  const steps = planned({ ...times, pattern: 'together', fault: 'pause', share: 0.1 })
  expect(spans(steps)).toEqual([[1_000, 7_000]])
  expect(victims(steps)[0]).toHaveLength(4)
})

test('cascade: further nodes with each wave, and all are away until the end', () => {
  const steps = planned({ ...times, pattern: 'cascade', fault: 'crash', share: 0.3, waves: 3 })
  expect(spans(steps)).toEqual([
    [1_000, 7_000],
    [3_000, 7_000],
    [5_000, 7_000],
  ])
  expect(new Set(victims(steps).flat()).size).toBe(12)
  expect(victims(steps).map((wave) => wave.length)).toEqual([4, 4, 4])
})

test('rolling: one batch after another, each back before the next one goes', () => {
  const steps = planned({ ...times, pattern: 'rolling', fault: 'crash', share: 0.25, batches: 4 })
  expect(spans(steps)).toEqual([
    [1_000, 1_750],
    [2_500, 3_250],
    [4_000, 4_750],
    [5_500, 6_250],
  ])
  expect(new Set(victims(steps).flat()).size).toBe(10)
})

test('flapping: the same nodes again and again, halves of the mesh anew each time', () => {
  const steps = planned({ ...times, pattern: 'flapping', fault: 'isolation', share: 0.05, times: 3 })
  expect(spans(steps)).toEqual([
    [1_000, 2_000],
    [3_000, 4_000],
    [5_000, 6_000],
  ])
  expect(new Set(steps.map(({ scope }) => JSON.stringify(scope.paths?.[0]?.from?.toSorted()))).size).toBe(1)
  const halves = planned({ ...times, pattern: 'flapping', fault: 'partition', groups: 2, times: 3 })
  expect(new Set(halves.map(({ scope }) => JSON.stringify(scope.groups))).size).toBe(3)
})

test('the same seed draws the same victims, another one others, and patterns do not shift one another', () => {
  const rolling = { ...times, pattern: 'rolling', fault: 'crash', share: 0.25, batches: 4 } as const
  expect(planned(rolling)).toEqual(planned(rolling))
  expect(victims(planned(rolling))).not.toEqual(victims(planned(rolling, 'another')))
  const slow = { from: 0.8, until: 0.9, pattern: 'together', fault: 'slow', share: 0.05, cpuShare: 0.5 } as const
  const both = planOf([rolling, slow], { nodes, random: randomFrom('seed'), seconds: 10 })
  expect(both.slice(0, 4)).toEqual(planned(rolling))
  expect(both[4]).toMatchObject({ fault: 'slow', scope: { cpuShare: 0.5 } })
})

test('patterns of the same time strike nobody twice', () => {
  const rolling = { ...times, pattern: 'rolling', fault: 'crash', share: 0.5, batches: 4 } as const
  const isolated = { ...times, pattern: 'together', fault: 'isolation', share: 0.5 } as const
  const steps = planOf([isolated, rolling], { nodes, random: randomFrom('seed'), seconds: 10 })
  const cutOff = steps.flatMap(({ scope }) => scope.paths?.flatMap(({ from = [] }) => from) ?? [])
  expect(cutOff).toHaveLength(20)
  expect(new Set([...cutOff, ...victims(steps).flat()]).size).toBe(40)
})

test('the patterns of a shape are one plan, whatever order the target tells its nodes in', () => {
  const { failures } = sla.loadShapes['mesh-peers-stages']
  const hashOf = (order: readonly string[]) => {
    const steps = planOf(failures, { nodes: order, random: randomFrom('seed'), seconds: 40 })
    return planHash({ schema: 'meshcert/fault-plan/v1', seed: 'seed', nodes: 40, steps })
  }
  expect(hashOf(nodes.toReversed())).toBe(hashOf(nodes))
})

/** Half a minute on a mesh of its own in virtual time, with these faults by pattern. */
async function borne(failures: readonly FailurePattern[], parts: ReferenceParts): Promise<ScheduleEnd> {
  const size = 24
  const names = Array.from({ length: size }, (_, index) => `node-${index}`)
  const steps = planOf(failures, { nodes: names, random: randomFrom('virtual'), seconds: 30 })
  const planes = ['control', 'mesh', 'healing'] as const
  const target = await simulatedTarget({ seed: 'virtual', parts, planes, nodes: size })
  const plan: FaultPlan = { schema: 'meshcert/fault-plan/v1', seed: 'virtual', nodes: size, steps }
  return runSchedule({ target, plan, proving: true })
}

test('a mesh in virtual time bears the patterns of the loads, and the effect of each step is seen', async () => {
  for (const shape of ['mesh-peers-stages', 'mesh-peers-spike'] as const) {
    const { wrong, struck } = await borne(sla.loadShapes[shape].failures, referenceParts)
    expect({ shape, wrong, unproven: struck.filter(({ proven }) => proven !== true) }).toEqual({
      shape,
      wrong: [],
      unproven: [],
    })
  }
})

test('nodes that flap find a mesh that forgets who comes back twice', async () => {
  const flapping = { pattern: 'flapping', fault: 'isolation', share: 0.05, times: 2, from: 0.1, until: 0.6 } as const
  expect((await borne([flapping], referenceParts)).wrong).toEqual([])
  expect((await borne([flapping], secondDeathBelieved.replace(referenceParts))).wrong.join()).toMatch(
    /sees 23 of 24 members/,
  )
})
