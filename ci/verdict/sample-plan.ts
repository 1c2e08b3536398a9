import type { Evidence } from '../../suites/evidence/record.ts'
import { createPlan, type Plan, type PlannedRow } from './plan.ts'

type Draft = Parameters<typeof createPlan>[0]

/** A hand-written plan of the gate for these rows, for self tests; its promises are those of the catalogue. */
export const samplePlan = (rows: readonly PlannedRow[], change: Partial<Draft> = {}): Plan =>
  createPlan({
    run: 'self-test',
    plan: 'gate',
    seed: 's',
    startedAt: '2026-11-20T10:00:00.000Z',
    target: { name: 't', file: 'none' },
    defect: null,
    variant: null,
    confidence: 0.95,
    escalation: null,
    rows: [...rows],
    uncovered: [],
    exemptions: [],
    versions: { suite: '0', catalogue: '0', contract: '1', judge: '0' },
    inputs: {},
    ...change,
  })

/** Whose evidence a hand-written record is: all that its recorder asks for but where it lies and which row it is of. */
export const sampleScope = {
  planSha256: '0'.repeat(64),
  tier: 'processes',
  scope: 'compressed',
  stage: 0,
  target: { name: 't', version: '1', capabilities: ['events'], details: {} },
  defect: null,
  variant: null,
  seed: 's',
  startedAt: '2026-11-20T12:00:00.000Z',
} as const satisfies Partial<Evidence>
