import { digestOf } from '../../suites/evidence/digest.ts'
import type { Evidence, Observation } from '../../suites/evidence/record.ts'
import type { RunFiles } from '../../suites/evidence/stored.ts'
import type { Plan } from '../verdict/plan.ts'
import { record } from '../verdict/sample-evidence.ts'
import { samplePlan } from '../verdict/sample-plan.ts'

/** A made-up run of the row that is held against a baseline, for self tests. */
export const machine = { cpu: 'Made up', cores: 2, memoryGiB: 8, kernel: 'linux 6 x64', node: 'v24.1.0' }
export const row = { requirement: 'LOAD-BASELINE', tier: 'processes', scope: 'full', repeats: 1 } as const

export const planOf = (change: Partial<Plan> = {}): Plan => ({
  ...samplePlan([row], {
    run: 'r1',
    plan: 'quick',
    versions: { suite: '1', catalogue: '1', contract: '1', judge: '1' },
  }),
  comparison: { machine, signed: null, refused: null },
  ...change,
})
export const rounds = (n: number, factor = 1): readonly Observation[] =>
  ['baseline-margin:like', 'yardstick:like'].map((name, index) => ({
    type: 'series',
    name,
    unit: 'ms',
    values: Array.from({ length: n }, (_, round) => (index === 0 ? factor : 10) * (1 + round / 10_000)),
    censored: 0,
  }))
export const evidenceOf = (plan: Plan, change: Partial<Evidence> = {}): Evidence => ({
  ...record({ requirement: row.requirement, observations: [...rounds(10)], planSha256: digestOf(plan) }),
  target: { name: 't', version: '7', capabilities: ['mesh'], details: {} },
  ...change,
})
export const filesOf = (plan: Plan, change: Partial<Evidence> = {}): RunFiles =>
  new Map(
    Object.entries({
      'plan.json': plan,
      'notes.json': [],
      'records/LOAD-BASELINE@processes-0.json': evidenceOf(plan, change),
    }).map(([name, data]) => [name, Buffer.from(JSON.stringify(data))]),
  )
