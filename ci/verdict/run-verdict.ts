import { digestOf } from '../../suites/evidence/digest.ts'
import type { Evidence } from '../../suites/evidence/record.ts'
import type { RunDocument, RunRow, Verdict } from '../../suites/evidence/verdict.ts'
import type { StoredEvidence } from '../../suites/evidence/stored.ts'
import { comparisonOf } from '../bundle/signed-baseline.ts'
import { holdsAt, staleExemptions } from './exemptions.ts'
import { inconclusive } from './finding.ts'
import { judge } from './judge.ts'
import type { Plan, PlannedRow } from './plan.ts'
import type { Promises } from './promises.ts'

export type RunInput = {
  readonly plan: Plan
  readonly stored: StoredEvidence
  /** Judge by these instead of the promises in force when the run began. */
  readonly promises?: Promises
  /** Notes of the runner: files that could not be loaded, lanes that broke. Each makes the run INCONCLUSIVE. */
  readonly defects?: readonly string[]
}

/** Why a record can't stand for the planned row; null if it can. */
function mismatch(record: Evidence, row: PlannedRow, plan: Plan): string | null {
  if (record.scope !== row.scope) return `planned ${row.scope}, recorded ${record.scope}`
  if (record.defect !== plan.defect) return `planned ${plan.defect ?? 'no defect'}, recorded ${record.defect ?? 'none'}`
  if (record.variant !== plan.variant)
    return `planned ${plan.variant ?? 'no variant'}, recorded ${record.variant ?? 'none'}`
  const planSha256 = digestOf(plan)
  // Limits, repeats, confidence and exemptions stand in the plan: edited after the run, it would judge what it never asked for.
  return record.planSha256 === planSha256
    ? null
    : `it was made under another plan (${record.planSha256.slice(0, 16)}…, plan.json is ${planSha256.slice(0, 16)}…)`
}

/** The verdict on one planned row from its records. */
export function judgePlanned({ plan, stored, promises = plan.promises }: RunInput, row: PlannedRow): Verdict {
  const evidence = stored.evidence.filter(
    ({ requirement, tier }) => requirement === row.requirement && tier === row.tier,
  )
  if (evidence.length === 0) return inconclusive('planned, but no evidence was recorded')
  const strange = evidence.map((record) => mismatch(record, row, plan)).find((reason) => reason !== null)
  if (strange !== undefined) return inconclusive(`the record is not of this run: ${strange}`)
  const allowed = plan.escalation === null ? evidence.filter(({ stage }) => stage === 0) : evidence
  return judge({
    row: promises.rows[row.requirement],
    objectives: promises.objectives,
    evidence: allowed,
    histories: stored.histories,
    exemptions: plan.exemptions.filter((exemption) => holdsAt(exemption, plan.startedAt)),
    confidence: plan.confidence,
    repeatsExpected: row.repeats,
    premises: row.premises ?? [],
    comparison: comparisonOf(plan),
  })
}

function rowOf(plan: Plan, row: PlannedRow, { escalate: _, ...verdict }: Verdict): RunRow {
  const replay = `npx meshcert replay ${plan.run} --only ${row.requirement}`
  return { id: row.requirement, tier: row.tier, scope: row.scope, ...verdict, replay }
}

/** Rows that were recorded although nobody planned them: whoever reads the verdicts must know. */
function unplanned(plan: Plan, evidence: readonly Evidence[]): readonly string[] {
  const planned = new Set(plan.rows.map(({ requirement, tier }) => `${requirement} on ${tier}`))
  const recorded = new Set(evidence.map(({ requirement, tier }) => `${requirement} on ${tier}`))
  return [...recorded].filter((name) => !planned.has(name)).map((name) => `${name} was recorded, but not planned.`)
}

type Outcome = Pick<RunDocument, 'verdict' | 'exitCode'>
const conformant: Outcome = { verdict: 'CONFORMANT', exitCode: 0 }
const nonConformant: Outcome = { verdict: 'NON-CONFORMANT', exitCode: 1 }
const inDoubt: Outcome = { verdict: 'INCONCLUSIVE', exitCode: 2 }

/** The row that every run judges beside those that it is about. */
const conformance = 'CONTRACT'

function outcomeOf(
  plan: Plan,
  rows: readonly { readonly id: string; readonly verdict: RunRow['verdict']; readonly level: 'MUST' | 'SHOULD' }[],
  found: { readonly stale: number; readonly doubts: number },
): Outcome {
  const musts = rows.filter(({ level }) => level === 'MUST').map(({ verdict }) => verdict)
  const certifies = plan.plan !== 'gate'
  if (musts.includes('FAIL') || found.stale > 0) return nonConformant
  if (certifies && musts.includes('EXEMPT')) return nonConformant
  if (musts.includes('INCONCLUSIVE') || found.doubts > 0) return inDoubt
  // A certificate speaks of every row of its profile; the gate only of the rows of its plan.
  if (certifies && plan.uncovered.length > 0) return inDoubt
  // Speaking the contract shows nothing by itself; where more was planned, something of it must hold.
  const showing = rows.filter(({ id, level }) => level === 'MUST' && (id !== conformance || rows.length === 1))
  if (!showing.some(({ verdict }) => verdict === 'PASS' || verdict === 'EXEMPT')) return inDoubt
  return conformant
}

function notesOn(rows: readonly RunRow[], levels: ReadonlyMap<string, 'MUST' | 'SHOULD'>): readonly string[] {
  const exempt = rows.filter(({ verdict }) => verdict === 'EXEMPT').map(({ id }) => id)
  const wished = rows.filter(
    ({ id, verdict }) => levels.get(id) === 'SHOULD' && (verdict === 'FAIL' || verdict === 'INCONCLUSIVE'),
  )
  const judged = rows.some(
    ({ id, verdict }) => verdict !== 'NOT-APPLICABLE' && (id !== conformance || rows.length === 1),
  )
  return [
    ...(exempt.length > 0
      ? [`EXEMPT, and still failing: ${[...new Set(exempt)].join(', ')}. No certificate is given.`]
      : []),
    ...wished.map(({ id, verdict }) => `${id} is ${verdict}; it is a SHOULD and does not decide the run.`),
    ...(rows.length === 0 ? ['Nothing was planned, so nothing is shown.'] : []),
    ...(rows.length > 0 && !judged ? ['No row applies to this target, so nothing is shown.'] : []),
  ]
}

/**
 * The verdict on a whole run: every planned row, judged or missing. Exit codes: 1 with a FAIL or a
 * stale exemption, 2 with anything in doubt or nothing judged, 0 otherwise; never 0 with zero checks.
 */
export function concludeRun(input: RunInput): RunDocument {
  const { plan, stored, promises = plan.promises, defects = [] } = input
  const requirements = plan.rows.map((row) => rowOf(plan, row, judgePlanned(input, row)))
  const stale = staleExemptions(plan.exemptions, plan.startedAt, requirements)
  const strays = unplanned(plan, stored.evidence)
  const levels = new Map(Object.values(promises.rows).map(({ id, level }) => [id, level]))
  const rated = requirements.map(({ id, verdict }) => ({ id, verdict, level: levels.get(id) ?? 'MUST' }))
  const versions = [...new Set(stored.evidence.map(({ target }) => target.version))]
  return {
    schema: 'meshcert/run/v1',
    run: plan.run,
    plan: plan.plan,
    seed: plan.seed,
    target: { name: plan.target.name, version: versions.length === 0 ? 'unknown' : versions.join(', ') },
    versions: plan.versions,
    ...outcomeOf(plan, rated, { stale: stale.length, doubts: strays.length + defects.length }),
    requirements,
    uncovered: plan.uncovered,
    notes: [...defects, ...stale, ...strays, ...notesOn(requirements, levels)],
  }
}
