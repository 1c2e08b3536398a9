import type { Evidence, Premise } from '../../suites/evidence/record.ts'
import type { Histories } from '../../suites/evidence/stored.ts'
import type { Verdict } from '../../suites/evidence/verdict.ts'
import { runChecker, violationsBeyondNoise } from './checkers/registry.ts'
import type { Comparison } from './baseline.ts'
import { undisturbedName } from './disturbance.ts'
import type { Exemption } from './exemptions.ts'
import { counted, figure } from './figures.ts'
import { fail, inconclusive, worst, type Case } from './finding.ts'
import { judgeAvailability } from './kinds/availability.ts'
import { failedChecks, judgeInvariant } from './kinds/invariant.ts'
import { judgeLatency } from './kinds/latency.ts'
import { judgeMargin } from './kinds/margin.ts'
import { judgeQuantity } from './kinds/quantity.ts'
import { judgeRecovery } from './kinds/recovery.ts'
import { judgeThroughput } from './kinds/throughput.ts'
import { named, pool, type Pooled } from './pool.ts'
import type { ObjectiveData, RequirementData } from './promises.ts'

/** Changes whenever the same evidence could get another verdict. */
export const judgeVersion = '17'

export type JudgeInput = {
  readonly row: RequirementData | undefined
  /** Every objective that the row cites, by id. */
  readonly objectives: Readonly<Record<string, ObjectiveData>>
  /** Records of this row on one tier: stage 0 and, where the plan declared an escalation, stage 1. */
  readonly evidence: readonly Evidence[]
  /** Items of every history by the path of its file. */
  readonly histories: Histories
  /** Exemptions in force; expired ones are left out by the caller, who knows the date. */
  readonly exemptions: readonly Exemption[]
  /** Of each one-sided bound, in parts. */
  readonly confidence: number
  readonly repeatsExpected: number
  /** Claims of the premises that each record must carry, by the plan; none unless given. */
  readonly premises?: readonly string[]
  readonly comparison?: Comparison | null
}

/** Evidence that was not recorded here may lack a number: what could not be measured is broken too. */
const isBroken = ({ measured, limit }: Premise): boolean => !(measured <= limit)

/** Whether a record's numbers count: its scenario came to its end and every premise held. */
export const isBelievable = (record: Evidence): boolean => record.aborted === null && !record.premises.some(isBroken)

/** A failed check that no noise can fail, and a history that no delay explains, are violations on a noisy machine as well; null where there is none. */
function failedBeyondNoise({ observations }: Evidence, histories: JudgeInput['histories']): Verdict | null {
  const failed = observations.flatMap((one) =>
    one.type === 'checks' ? one.failed.filter(({ noise }) => noise === false) : [],
  )
  const [first] = failed
  if (first === undefined) return brokenBeyondNoise(observations, histories)
  const reason = `${counted(failed.length, 'check')} failed that no noise can fail, first: ${first.check}: ${first.seen}`
  return fail(reason, { n: failed.length, observed: failed.length, limit: 0, unit: 'violations' })
}

function brokenBeyondNoise(observations: Evidence['observations'], histories: JudgeInput['histories']): Verdict | null {
  for (const one of observations) {
    const items = one.type === 'history' ? histories.get(one.file) : undefined
    if (one.type !== 'history' || items?.length !== one.n) continue
    const violations = violationsBeyondNoise(one.checker, items)
    const [first] = violations
    if (first === undefined) continue
    const reason = `${one.checker}: ${counted(violations.length, 'violation')} that no delay explains, first: ${first}`
    return fail(reason, { n: one.n, observed: violations.length, limit: 0, unit: 'violations' })
  }
  return null
}

const citedBy = (row: RequirementData): readonly string[] => [row.objective, ...(row.further ?? [])]

/** Whether nothing that a row promises is a figure: what is exact is kept however late, a time, a rate or a share may not be. */
const isExact = (row: RequirementData, { objectives }: JudgeInput): boolean =>
  citedBy(row).every((id) => objectives[id]?.kind === 'invariant')

/** A premise that the plan demands and the record lacks. */
const absentPremise = (record: Evidence, { premises = [] }: JudgeInput): string | undefined =>
  premises.find((claim) => !record.premises.some((premise) => premise.claim === claim))

/** Whether all that is wrong with a record is lateness of a kind that takes nothing from a success. Only an exact row has such. */
const isOnlyLate = (record: Evidence, row: RequirementData, input: JudgeInput): boolean =>
  isExact(row, input) &&
  absentPremise(record, input) === undefined &&
  record.aborted === null &&
  record.faults.every(
    ({ effectProvenAtMs, residue, aborted }) =>
      effectProvenAtMs !== null && residue.length === 0 && aborted === undefined,
  ) &&
  record.premises.filter(isBroken).every(({ spoils, noise }) => noise && spoils === 'failures')

/** What was undone before its time was so because the target broke a promise under it: no row passes with that. */
function abortedFault({ faults }: Evidence): Verdict | null {
  const found = faults.find((fault) => fault.aborted !== undefined)
  if (found?.aborted === undefined) return null
  const { fault, injectedAtMs, aborted } = found
  const afterS = figure((aborted.atMs - injectedAtMs) / 1_000)
  const { repeatsLeft = 0 } = aborted
  const left = repeatsLeft === 0 ? '' : `; ${counted(repeatsLeft, 'repeat')} after it not run`
  const reason = `fault ${fault} was aborted at ${afterS} s after its injection, because ${aborted.because}${left}`
  return fail(reason, { n: faults.length, observed: 1, limit: 0, unit: 'faults aborted' })
}

/** Why a record can't be believed or does not concern the target; null if it can and does. */
function precondition(record: Evidence, row: RequirementData, input: JudgeInput): Verdict | null {
  const { histories } = input
  const undeclared = row.capabilities.filter((capability) => !record.target.capabilities.includes(capability))
  const lacks = undeclared.length === 0 ? record.notApplicable : `the target does not declare ${undeclared.join(', ')}`
  if (lacks !== null) {
    return row.optional
      ? { ...inconclusive(lacks), verdict: 'NOT-APPLICABLE' }
      : fail(`${lacks}, which this requirement needs`)
  }
  if (record.aborted !== null) return inconclusive(`the scenario ended early: ${record.aborted}`)
  const broken = record.premises.filter(isBroken)
  const idle = record.faults.find((fault) => fault.effectProvenAtMs === null)
  const left = record.faults.find((fault) => fault.residue.length > 0)
  const dead = broken.find(({ claim }) => claim === 'target alive')
  if (dead !== undefined) return inconclusive(`the target died: ${dead.detail ?? 'it no longer answers'}`)
  // What spoils a success as well says more than what might have been passed over.
  const first = broken.find(({ spoils }) => spoils === undefined) ?? broken[0]
  if (first !== undefined) {
    const isNoise = broken.every(({ noise }) => noise)
    const violation = isNoise && (idle ?? left) === undefined ? failedBeyondNoise(record, histories) : null
    if (violation !== null) return violation
    const { claim, measured, limit, unit, detail } = first
    const reason = `premise broken: ${claim} is ${figure(measured)} ${unit}, at most ${figure(limit)} is allowed${detail === undefined ? '' : ` (${detail})`}`
    return inconclusive(reason, { escalate: isNoise })
  }
  const abortion = abortedFault(record)
  if (abortion !== null) return abortion
  const absent = absentPremise(record, input)
  if (absent !== undefined) return inconclusive(`premise ${absent} was not recorded, and the plan demands it`)
  if (idle !== undefined) return inconclusive(`the effect of fault ${idle.fault} was not proven`)
  if (left !== undefined) return inconclusive(`fault ${left.fault} was not undone: ${left.residue.join(', ')}`)
  return null
}

/** What is wrong with one history: a violation, or why it says nothing; null where it is clean. */
function historyFinding(
  { checker, file, n }: Pooled['histories'][number],
  items: readonly unknown[] | undefined,
): Verdict | null {
  if (items === undefined) return inconclusive(`history ${file} is missing`)
  if (items.length !== n) return inconclusive(`history ${file} holds ${items.length} items, its record says ${n}`)
  const violations = runChecker(checker, items)
  if (violations === null) return inconclusive(`no checker is called ${checker}`)
  const [first] = violations
  if (first === undefined) return null
  const more = violations.length > 1 ? ` (and ${figure(violations.length - 1)} more)` : ''
  return fail(`${checker}: ${first}${more}`, { n, observed: violations.length, limit: 0, unit: 'violations' })
}

/**
 * Runs every history through its checker and asks for those that the row demands. A violation counts whatever another
 * history lacks. Clean: how many items were checked.
 */
function checkHistories(pooled: Pooled, row: RequirementData, histories: JudgeInput['histories']): Verdict | number {
  const findings = pooled.histories
    .map((history) => historyFinding(history, histories.get(history.file)))
    .filter((finding) => finding !== null)
  const finding = findings.find(({ verdict }) => verdict === 'FAIL') ?? findings[0]
  if (finding !== undefined) return finding
  const absent = (row.checkers ?? []).find(
    (checker) => !pooled.histories.some((history) => history.checker === checker && history.n > 0),
  )
  if (absent !== undefined) return inconclusive(`no history for ${absent} was recorded`)
  return pooled.histories.reduce((clean, { n }) => clean + n, 0)
}

function judgeObjective(given: Omit<Case<'latency'>, 'objective'>, objective: ObjectiveData): Verdict {
  switch (objective.kind) {
    case 'latency':
      return judgeLatency({ ...given, objective })
    case 'availability':
      return judgeAvailability({ ...given, objective })
    case 'throughput':
      return judgeThroughput({ ...given, objective })
    case 'recovery':
      return judgeRecovery({ ...given, objective })
    case 'invariant':
      return judgeInvariant({ ...given, objective })
    case 'margin':
      return judgeMargin({ ...given, objective })
    case 'floor':
    case 'ceiling':
      return judgeQuantity({ ...given, objective })
  }
}

/** Doubt where a row names how many measurements of its objective there are, and some part of it has fewer; null where not. */
function tooFew({ objective, values }: RequirementData, { id, pooled }: Pick<Case<'floor'>, 'id' | 'pooled'>) {
  if (values === undefined || id !== objective) return null
  const short = named(pooled.series, id).find((series) => series.values.length + series.censored < values)
  if (short === undefined) return null
  const n = short.values.length + short.censored
  return inconclusive(`${counted(n, 'measurement')} of ${short.name}; the row has ${values} of them`, { n })
}

function judgeStages(stages: readonly Evidence[], row: RequirementData, input: JudgeInput): Verdict {
  let late: Verdict | null = null
  for (const record of stages) {
    const stop = precondition(record, row, input)
    if (stop === null) continue
    if (stop.verdict !== 'INCONCLUSIVE' || !isOnlyLate(record, row, input)) return stop
    late = stop
  }
  const verdict = judgeObserved(stages, row, input)
  if (late === null) return verdict
  return verdict.verdict === 'PASS'
    ? { ...verdict, reason: `${verdict.reason}; what is late takes nothing from it (${late.reason})` }
    : { ...late, reason: `${late.reason}; so it is in doubt that ${verdict.reason}` }
}

function judgeObserved(stages: readonly Evidence[], row: RequirementData, input: JudgeInput): Verdict {
  const pooled = pool(stages, input.histories, input.confidence)
  const checked = checkHistories(pooled, row, input.histories)
  if (typeof checked !== 'number' && checked.verdict === 'FAIL') return checked
  const failed = failedChecks(pooled)
  // A failed check is a violation whatever the row's own objective measures.
  if (failed !== null)
    return fail(failed.reason, { n: failed.total, observed: failed.failed, limit: 0, unit: 'violations' })
  if (typeof checked !== 'number') return checked
  const cited = citedBy(row)
  const scope = stages.every((record) => record.scope === 'full') ? ('full' as const) : ('compressed' as const)
  return worst(
    cited.map((id) => {
      const objective = input.objectives[id]
      if (objective === undefined) return inconclusive(`objective ${id} is not among the promises`)
      const { confidence, repeatsExpected, comparison = null } = input
      const given = { id, pooled, confidence, scope, repeatsExpected, itemsClean: checked, comparison }
      const judged = judgeObjective(given, objective)
      const verdict = judged.verdict === 'PASS' ? (tooFew(row, given) ?? judged) : judged
      return cited.length === 1 ? verdict : { ...verdict, reason: `${id}: ${verdict.reason}` }
    }),
  )
}

/** Whether a record in doubt would have failed, had others left the machine to its run. */
const isExcused = (record: Evidence, row: RequirementData, input: JudgeInput): boolean =>
  judgeStages([unwatched(record)], row, input).verdict === 'FAIL'
const unwatched = (record: Evidence): Evidence => ({
  ...record,
  observations: record.observations.filter(({ name }) => name !== undisturbedName),
})

/** The stages that count. A decided first stage stands: more samples may end a doubt, never change a verdict. */
function judgeEscalated(row: RequirementData, input: JudgeInput): Verdict {
  const firsts = input.evidence.filter(({ stage }) => stage === 0)
  const seconds = input.evidence.filter(({ stage }) => stage === 1)
  const [first] = firsts
  const [second] = seconds
  if (firsts.length > 1 || seconds.length > 1) return inconclusive('a stage was recorded twice')
  if (first === undefined) {
    return inconclusive(second === undefined ? 'no evidence was recorded' : 'the escalation has no first stage')
  }
  const verdict = judgeStages([first], row, input)
  if (second === undefined || !verdict.escalate) return verdict
  const isSpoilt = first.premises.some(isBroken) || isExcused(first, row, input)
  const stages = isSpoilt ? [second] : [first, second]
  const pooled = judgeStages(stages, row, input)
  return { ...pooled, escalate: false, reason: `${pooled.reason}; after the declared escalation` }
}

/**
 * What the evidence says of one requirement on one tier. Pure and total: the same input gives the
 * same verdict anywhere, and evidence that makes no sense is INCONCLUSIVE, never an exception.
 */
export function judge(input: JudgeInput): Verdict {
  const { row, exemptions } = input
  if (row === undefined) return inconclusive('the requirement is not among the promises')
  let verdict: Verdict
  try {
    verdict = judgeEscalated(row, input)
  } catch (error) {
    verdict = inconclusive(`the evidence can't be judged: ${error instanceof Error ? error.message : String(error)}`)
  }
  const exemption = exemptions.find(({ requirement }) => requirement === row.id)
  if (verdict.verdict !== 'FAIL' || exemption === undefined) return verdict
  const { reason, owner, expires } = exemption
  return {
    ...verdict,
    verdict: 'EXEMPT',
    reason: `exempt until ${expires} (${owner}: ${reason}); still fails: ${verdict.reason}`,
  }
}
