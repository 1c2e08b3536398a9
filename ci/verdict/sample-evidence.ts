import { createLatencyHistogram } from '../../suites/evidence/histogram.ts'
import type { Evidence, Observation } from '../../suites/evidence/record.ts'
import type { Verdict } from '../../suites/evidence/verdict.ts'
import { judge, type JudgeInput } from './judge.ts'
import type { ObjectiveData, RequirementData } from './promises.ts'

/** Hand-written evidence for the self tests of the judge: one row, one objective of each kind. */
export const row: RequirementData = {
  id: 'ROW',
  claim: 'holds',
  source: 'M',
  level: 'MUST',
  subject: 'target',
  profiles: [],
  capabilities: ['events'],
  optional: true,
  objective: 'promise',
  where: ['processes'],
}
export const stated = { plane: 'events', title: 'a promise', severity: 'critical' } as const
export const objectives = {
  latency: { kind: 'latency', ...stated, metric: null, quantile: 0.99, limit: 10, unit: 'ms' },
  availability: { kind: 'availability', ...stated, good: null, total: null, target: 0.99, windowDays: 30 },
  throughput: { kind: 'throughput', ...stated, metric: null, floor: 100, unit: '1/s', sustainS: 60, everyS: 1 },
  recovery: { kind: 'recovery', ...stated, limit: 5, unit: 's' },
  invariant: { kind: 'invariant', ...stated, metric: null },
  floor: { kind: 'floor', ...stated, quantity: 'accuracy', limit: 0.85, unit: '1' },
  margin: {
    kind: 'margin',
    ...stated,
    quantity: 'median of a round',
    limit: 0.03,
    confidence: 0.995,
    machineDrift: 0.1,
  },
  ceiling: { kind: 'ceiling', ...stated, quantity: 'difference', limit: 0.3, unit: '1' },
} as const satisfies Record<string, ObjectiveData>
export type Kind = keyof typeof objectives

export const record = (change: Partial<Evidence> = {}): Evidence => ({
  schema: 'meshcert/evidence/v1',
  requirement: 'ROW',
  planSha256: '0'.repeat(64),
  tier: 'processes',
  scope: 'full',
  stage: 0,
  target: { name: 't', version: '1', capabilities: ['events'], details: {} },
  defect: null,
  variant: null,
  seed: 's',
  startedAt: '2026-11-20T00:00:00.000Z',
  tookMs: 1,
  observations: [],
  premises: [],
  faults: [],
  failures: { definite: 0, indefinite: 0 },
  eventLogHashes: [],
  aborted: null,
  notApplicable: null,
  ...change,
})

export function latencies(good: number, bad: number, name = 'promise'): Observation {
  const histogram = createLatencyHistogram([10])
  for (let i = 0; i < good; i += 1) histogram.record(5)
  for (let i = 0; i < bad; i += 1) histogram.record(20)
  return histogram.observation(name)
}
export const proportion = (good: number, total: number): Observation => ({
  type: 'proportion',
  name: 'promise',
  good,
  total,
})
export const counter = (value: number, overS: number, perSecond?: number[]): Observation => ({
  type: 'counter',
  name: 'promise',
  unit: '1',
  value,
  overS,
  ...(perSecond === undefined ? {} : { perSecond }),
})
export const series = (values: number[], censored = 0, unit = 's'): Extract<Observation, { type: 'series' }> => ({
  type: 'series',
  name: 'promise',
  unit,
  values,
  censored,
  resolutions: values.map(() => 0.01),
})
export const checks = (
  total: number,
  failed: Extract<Observation, { type: 'checks' }>['failed'] = [],
): Observation => ({
  type: 'checks',
  name: 'ROW',
  total,
  failed,
})
export const history = (checker: string, n: number): Observation => ({
  type: 'history',
  name: checker,
  checker,
  n,
  file: 'h',
  sha256: '0'.repeat(64),
})
export const fault = (change: Partial<Evidence['faults'][number]> = {}): Evidence['faults'][number] => ({
  fault: 'crash',
  driver: 'process',
  scope: {},
  leaseMs: 1,
  injectedAtMs: 1,
  effectProvenAtMs: 2,
  undoneAtMs: 3,
  residue: [],
  ...change,
})
export const faults = (n: number) => Array.from({ length: n }, () => fault())
export const premise = (claim: Evidence['premises'][number]['claim'], measured: number, noise: boolean) => ({
  claim,
  measured,
  limit: 1,
  unit: 'ms',
  noise,
})

export function judged(kind: Kind, evidence: readonly Evidence[], more: Partial<JudgeInput> = {}): Verdict {
  return judge({
    row,
    objectives: { promise: objectives[kind] },
    evidence,
    histories: new Map(),
    exemptions: [],
    confidence: 0.95,
    repeatsExpected: 1,
    ...more,
  })
}
export const withItems = (items: readonly unknown[]): Partial<JudgeInput> => ({ histories: new Map([['h', items]]) })
