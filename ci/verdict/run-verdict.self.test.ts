import { expect, test } from 'vitest'
import { digestOf } from '../../suites/evidence/digest.ts'
import type { Evidence } from '../../suites/evidence/record.ts'
import { Exemption } from './exemptions.ts'
import { createPlan, Plan } from './plan.ts'
import type { RequirementData } from './promises.ts'
import { concludeRun, type RunInput } from './run-verdict.ts'
import { checks, record as sampleRecord, row } from './sample-evidence.ts'

const rowData = (id: string, change: Partial<RequirementData> = {}): RequirementData => ({
  ...row,
  id,
  objective: 'holds',
  ...change,
})

const plan = (change: Partial<Plan> = {}): Plan => ({
  schema: 'meshcert/plan/v1',
  run: 'r1',
  plan: 'gate',
  seed: 's',
  startedAt: '2026-11-20T10:00:00.000Z',
  target: { name: 'reference', file: 'fixtures/target.ts' },
  defect: null,
  variant: null,
  confidence: 0.95,
  escalation: null,
  rows: [
    { requirement: 'A', tier: 'processes', scope: 'full', repeats: 1 },
    { requirement: 'B', tier: 'processes', scope: 'full', repeats: 1 },
  ],
  uncovered: [],
  exemptions: [],
  versions: { suite: '1', catalogue: '1', contract: '1', judge: '1' },
  inputs: {},
  promises: {
    objectives: { holds: { kind: 'invariant', plane: 'suite', title: 'holds', metric: null, severity: 'critical' } },
    rows: { A: rowData('A'), B: rowData('B') },
  },
  ...change,
})

const record = (requirement: string, failed: number, change: Partial<Evidence> = {}): Evidence =>
  sampleRecord({ requirement, observations: [checks(3, Array(failed).fill({ check: 'c', seen: 's' }))], ...change })
const undeclared = (requirement: string) =>
  record(requirement, 0, { target: { ...sampleRecord().target, capabilities: [] } })

const conclude = (evidence: readonly Evidence[], given: Plan = plan(), more: Partial<RunInput> = {}) =>
  concludeRun({
    plan: given,
    stored: {
      evidence: evidence.map((one) => ({ ...one, planSha256: digestOf(given) })),
      histories: new Map(),
      documents: new Map(),
    },
    ...more,
  })
const exemption: Exemption = {
  requirement: 'A',
  reason: 'known',
  owner: 'me',
  expires: '2026-11-20',
  reference: 'ADR 1',
}

type Case = readonly [title: string, run: ReturnType<typeof conclude>, exitCode: number, says: RegExp | null]
const cases: readonly Case[] = [
  ['all pass', conclude([record('A', 0), record('B', 0)]), 0, null],
  ['one fails', conclude([record('A', 1), record('B', 0)]), 1, null],
  ['a failure weighs more than doubt', conclude([record('A', 1)]), 1, null],
  ['a planned row without evidence', conclude([record('A', 0)]), 2, null],
  ['nothing planned', conclude([], plan({ rows: [] })), 2, /Nothing was planned/],
  ['all not applicable', conclude([undeclared('A'), undeclared('B')]), 2, /No row applies/],
  ['some not applicable', conclude([undeclared('A'), record('B', 0)]), 0, null],
  [
    'recorded though not planned',
    conclude([record('A', 0), record('B', 0), record('C', 0)]),
    2,
    /C on processes was recorded, but not planned/,
  ],
  [
    'a defect of the suite',
    conclude([record('A', 0), record('B', 0)], plan(), { defects: ['x.test.ts could not be loaded'] }),
    2,
    /could not be loaded/,
  ],
  [
    'uncovered rows, gate',
    conclude([record('A', 0), record('B', 0)], plan({ uncovered: [{ id: 'Z', tiers: ['processes'] }] })),
    0,
    null,
  ],
  [
    'uncovered rows, certify',
    conclude([record('A', 0), record('B', 0)], plan({ plan: 'quick', uncovered: [{ id: 'Z', tiers: ['processes'] }] })),
    2,
    null,
  ],
  [
    'exempt, gate',
    conclude([record('A', 1), record('B', 0)], plan({ exemptions: [exemption] })),
    0,
    /EXEMPT, and still failing: A/,
  ],
  [
    'exempt, certify',
    conclude([record('A', 1), record('B', 0)], plan({ plan: 'release', exemptions: [exemption] })),
    1,
    /EXEMPT/,
  ],
  [
    'exemption of a row that passes',
    conclude([record('A', 0), record('B', 0)], plan({ exemptions: [exemption] })),
    1,
    /exemption of A is stale/,
  ],
  [
    'exemption that matches nothing',
    conclude([record('A', 0), record('B', 0)], plan({ exemptions: [{ ...exemption, requirement: 'Z' }] })),
    1,
    /exemption of Z matches nothing/,
  ],
  [
    'expired exemption',
    conclude([record('A', 1), record('B', 0)], plan({ exemptions: [{ ...exemption, expires: '2026-11-19' }] })),
    1,
    /exemption of A expired on 2026-11-19: me/,
  ],
  ['record of another defect', conclude([record('A', 0, { defect: 'd' }), record('B', 0)]), 2, null],
  ['record of another scope', conclude([record('A', 0, { scope: 'compressed' }), record('B', 0)]), 2, null],
  [
    'an escalation that nobody declared',
    conclude([record('A', 0, { aborted: 'x' }), record('A', 0, { stage: 1 }), record('B', 0)]),
    2,
    null,
  ],
  [
    'a SHOULD that fails',
    conclude(
      [record('A', 1), record('B', 0)],
      plan({ promises: { ...plan().promises, rows: { A: rowData('A', { level: 'SHOULD' }), B: rowData('B') } } }),
    ),
    0,
    /A is FAIL; it is a SHOULD/,
  ],
  [
    'only a SHOULD passes',
    conclude(
      [record('A', 0), undeclared('B')],
      plan({ promises: { ...plan().promises, rows: { A: rowData('A', { level: 'SHOULD' }), B: rowData('B') } } }),
    ),
    2,
    null,
  ],
]

for (const [title, run, exitCode, says] of cases) {
  test(title, () => {
    expect(run.exitCode).toBe(exitCode)
    expect(run.verdict).toBe(['CONFORMANT', 'NON-CONFORMANT', 'INCONCLUSIVE'][exitCode])
    if (says === null) expect(run.notes).toEqual([])
    else expect(run.notes.join('\n')).toMatch(says)
  })
}

test('a row tells what is missing and how to run it again', () => {
  const { requirements, target } = conclude([record('A', 0)])
  expect(requirements.map(({ id, verdict, reason }) => [id, verdict, reason])).toEqual([
    ['A', 'PASS', '3 checks, no violation'],
    ['B', 'INCONCLUSIVE', 'planned, but no evidence was recorded'],
  ])
  expect(requirements[1]?.replay).toBe('npx meshcert replay r1 --only B')
  expect(target).toEqual({ name: 'reference', version: '1' })
})

test('a plan carries the promises of its rows and survives its file', () => {
  const {
    schema: _,
    promises: __,
    ...draft
  } = plan({ rows: [{ requirement: 'EVT-NOLOSS', tier: 'processes', scope: 'full', repeats: 1 }] })
  const made = createPlan(draft)
  expect(Object.keys(made.promises.rows)).toEqual(['EVT-NOLOSS'])
  const cited = made.promises.rows['EVT-NOLOSS']?.objective ?? ''
  expect(made.promises.objectives[cited]?.kind).toBe('invariant')
  expect(Plan.parse(JSON.parse(JSON.stringify(made)))).toEqual(made)
  expect(() => createPlan({ ...draft, rows: plan().rows })).toThrow(/No requirement is called A/)
})

test('records of another plan decide nothing, whatever was changed in it', () => {
  const evidence = [record('A', 0), record('B', 0)].map((one) => ({ ...one, planSha256: digestOf(plan()) }))
  const judgedUnder = (given: Plan) =>
    concludeRun({ plan: given, stored: { evidence, histories: new Map(), documents: new Map() } })
  expect(judgedUnder(plan()).exitCode).toBe(0)
  for (const edited of [plan({ confidence: 0.9 }), plan({ exemptions: [exemption] }), plan({ seed: 'other' })])
    expect(judgedUnder(edited).requirements.map(({ verdict }) => verdict)).toEqual(['INCONCLUSIVE', 'INCONCLUSIVE'])
})

test('an exemption names everything', () => {
  expect(Exemption.safeParse({ ...exemption, owner: '' }).success).toBe(false)
  expect(Exemption.safeParse({ ...exemption, expires: 'soon' }).success).toBe(false)
})
