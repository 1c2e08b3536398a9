import { digestOf, sha256 } from '../../suites/evidence/digest.ts'
import { EvidenceError } from '../../suites/evidence/evidence-error.ts'
import { readEvidence, type RunFiles, type StoredEvidence } from '../../suites/evidence/stored.ts'
import type { RunDocument, RunRow } from '../../suites/evidence/verdict.ts'
import { z } from 'zod'
import { messageOf } from '../run/stop.ts'
import { Plan } from '../verdict/plan.ts'
import { concludeRun } from '../verdict/run-verdict.ts'

export const certificationType = 'https://meshcert.dev/predicates/certification/v1'
export const testResultType = 'https://in-toto.io/attestation/test-result/v0.1'

type Resource = { readonly name: string; readonly digest: { readonly sha256: string } }

export type Statement<Type extends string, Predicate> = {
  readonly _type: 'https://in-toto.io/Statement/v1'
  readonly subject: readonly Resource[]
  readonly predicateType: Type
  readonly predicate: Predicate
}

/** What we certify: the run's document, by what it was judged, and every file that it rests on. */
export type Certification = {
  readonly run: RunDocument
  readonly startedAt: string
  readonly confidence: number
  readonly scope: readonly string[]
  readonly inputs: readonly Resource[]
  readonly files: readonly Resource[]
}

/** in-toto's test-result predicate, for tools that know nothing of us. It has no word for doubt: INCONCLUSIVE is a failure there. */
export type TestResult = {
  readonly result: 'PASSED' | 'WARNED' | 'FAILED'
  readonly configuration: readonly Resource[]
  readonly passedTests: readonly string[]
  readonly warnedTests: readonly string[]
  readonly failedTests: readonly string[]
}

export type Statements = {
  readonly certification: Statement<typeof certificationType, Certification>
  readonly testResult: Statement<typeof testResultType, TestResult>
}

const resource = (name: string, digest: string): Resource => ({ name, digest: { sha256: digest } })

/** Each distinct identity that the target showed, by the digest of what it said of itself. */
function subjects({ evidence }: StoredEvidence, plan: Plan): readonly Resource[] {
  const found = new Map(evidence.map(({ target }) => [digestOf(target), target.name]))
  // A run that observed nothing still needs a subject: the target that it was meant for.
  if (found.size === 0) return [resource(plan.target.name, digestOf(plan.target))]
  return [...found]
    .map(([digest, name]) => resource(name, digest))
    .sort((a, b) => (a.digest.sha256 < b.digest.sha256 ? -1 : 1))
}

const resourcesOf = (digests: Readonly<Record<string, string>>): readonly Resource[] =>
  Object.entries(digests)
    .map(([name, digest]) => resource(name, digest))
    .sort((a, b) => (a.name < b.name ? -1 : 1))

function testResultOf(run: RunDocument, configuration: readonly Resource[]): TestResult {
  const having = (...words: readonly RunRow['verdict'][]) =>
    run.requirements.filter(({ verdict }) => words.includes(verdict)).map(({ id, tier }) => `${id}@${tier}`)
  const warnedTests = having('EXEMPT')
  const result = run.exitCode !== 0 ? 'FAILED' : warnedTests.length > 0 ? 'WARNED' : 'PASSED'
  return {
    result,
    configuration,
    passedTests: having('PASS'),
    warnedTests,
    failedTests: having('FAIL', 'INCONCLUSIVE'),
  }
}

/** Throws an EvidenceError where the file is missing or no JSON. */
export function readJson(files: RunFiles, name: string): unknown {
  const bytes = files.get(name)
  if (bytes === undefined) throw new EvidenceError(`${name} is missing`)
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (error) {
    throw new EvidenceError(`${name} is no JSON: ${messageOf(error)}`, { cause: error })
  }
}

/** A run as its files tell it. */
export type StoredRun = { readonly plan: Plan; readonly stored: StoredEvidence; readonly defects: readonly string[] }

/** Written with the conclusion: without it nobody knows what broke on the way. */
function defectsIn(files: RunFiles): readonly string[] {
  if (!files.has('notes.json')) return ['notes.json is missing: the run was cut off before its conclusion.']
  const notes = z.array(z.string()).safeParse(readJson(files, 'notes.json'))
  if (!notes.success) throw new EvidenceError(`notes.json is no list of sentences: ${z.prettifyError(notes.error)}`)
  return notes.data
}

/** Throws an EvidenceError for the first file that is not what a run writes. */
export function readRun(files: RunFiles): StoredRun {
  const plan = Plan.safeParse(readJson(files, 'plan.json'))
  if (!plan.success) throw new EvidenceError(`plan.json is no plan: ${z.prettifyError(plan.error)}`)
  return { plan: plan.data, stored: readEvidence(files), defects: defectsIn(files) }
}

/**
 * Both statements as they follow from a run's files and nothing else: the signer signs them, the
 * verifier computes them again and compares.
 */
export function statementsOf(files: RunFiles): Statements {
  const { plan, stored, defects } = readRun(files)
  const run = concludeRun({ plan, stored, defects })
  const subject = subjects(stored, plan)
  const inputs = resourcesOf({ ...plan.inputs, plan: digestOf(plan), promises: digestOf(plan.promises) })
  const statement = <Type extends string, Predicate>(predicateType: Type, predicate: Predicate) =>
    ({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate }) as const
  const scope = [...new Set(plan.rows.map((row) => row.scope))].sort()
  const listed = resourcesOf(Object.fromEntries([...files].map(([name, bytes]) => [name, sha256(bytes)])))
  const { startedAt, confidence } = plan
  return {
    certification: statement(certificationType, { run, startedAt, confidence, scope, inputs, files: listed }),
    testResult: statement(testResultType, testResultOf(run, inputs)),
  }
}
