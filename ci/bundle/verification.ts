import { sla } from '../../sla.config.ts'
import { canonicalJson, sha256 } from '../../suites/evidence/digest.ts'
import { EvidenceError } from '../../suites/evidence/evidence-error.ts'
import type { RunFiles } from '../../suites/evidence/stored.ts'
import type { RunDocument } from '../../suites/evidence/verdict.ts'
import { z } from 'zod'
import { judgeVersion } from '../verdict/judge.ts'
import { promisesFor } from '../verdict/plan.ts'
import { exitCodes, messageOf, type ExitCode } from '../run/stop.ts'
import { members } from './bundle.ts'
import { open } from './envelope.ts'
import { keySetTextOf, parseKeySet, type VerifyingKey } from './keys.ts'
import { readRun, statementsOf, type Statements } from './statements.ts'
import { looksLikeTar, TarError, unpackFiles } from './tar.ts'

export type Verification = {
  readonly exitCode: ExitCode
  /** What is wrong with the bundle, naming file, byte or signature; empty for an intact one. */
  readonly problems: readonly string[]
  /** What was checked, in order, for `--explain`. */
  readonly checks: readonly string[]
  /** What a reader should know though nothing is wrong. */
  readonly notes: readonly string[]
  /** The run as judged again, here and now; null where that was not possible. */
  readonly run: RunDocument | null
}

/** Of a signed statement only what is needed to say what differs. */
const Signed = z.looseObject({
  predicate: z.looseObject({
    files: z.array(z.object({ name: z.string(), digest: z.object({ sha256: z.string() }) })).optional(),
  }),
})

type Notebook = { readonly problems: string[]; readonly checks: string[]; readonly notes: string[] }

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')

/** Path of the first value in which two JSON documents differ. */
export function firstDifference(a: unknown, b: unknown, path = ''): string | null {
  if (canonicalJson(a ?? null) === canonicalJson(b ?? null)) return null
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return path
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  for (const key of keys) {
    const inner = firstDifference(Reflect.get(a, key), Reflect.get(b, key), path === '' ? key : `${path}.${key}`)
    if (inner !== null) return inner
  }
  return path
}

function readKeys(packed: RunFiles, { problems, checks }: Notebook): readonly VerifyingKey[] {
  const bytes = packed.get(members.keys)
  if (bytes === undefined) {
    problems.push(`${members.keys} is missing`)
    return []
  }
  try {
    const text = textOf(bytes)
    const keys = parseKeySet(text)
    // Base64 has spare bits at its end: only a text made from the keys themselves has no room for a change.
    if (keySetTextOf(keys.map(({ key }) => key)) !== text) {
      problems.push(`${members.keys} is not in canonical form: it was changed`)
    }
    checks.push(`signer: ${keys.map(({ algorithm, id }) => `${algorithm} ${id.slice(0, 16)}…`).join(', ')}`)
    return keys
  } catch (error) {
    problems.push(`${members.keys} holds no usable keys: ${messageOf(error)}`)
    return []
  }
}

function openStatement(packed: RunFiles, name: string, keys: readonly VerifyingKey[], book: Notebook): unknown {
  const bytes = packed.get(name)
  if (bytes === undefined) {
    book.problems.push(`${name} is missing`)
    return null
  }
  const { statement, problems } = open(textOf(bytes), keys)
  book.problems.push(...problems.map((problem) => `${name}: ${problem}`))
  if (problems.length === 0) book.checks.push(`${name}: Ed25519 and ML-DSA-65 signatures hold`)
  return statement
}

function checkFiles(files: RunFiles, statement: unknown, { problems, checks }: Notebook): void {
  const listed = Signed.safeParse(statement).data?.predicate.files
  if (listed === undefined) return
  for (const { name, digest } of listed) {
    const bytes = files.get(name)
    if (bytes === undefined) problems.push(`${members.run}${name} is missing`)
    else if (sha256(bytes) !== digest.sha256)
      problems.push(`${members.run}${name} was changed: its SHA-256 is not the signed one`)
  }
  const names = new Set(listed.map(({ name }) => name))
  for (const name of files.keys())
    if (!names.has(name)) problems.push(`${members.run}${name} is not among the signed files`)
  checks.push(`${listed.length} files have the signed digests`)
}

/** Judges again and holds the result against what was signed. */
function checkStatements(
  files: RunFiles,
  signed: Readonly<Record<keyof Statements, unknown>>,
  book: Notebook,
): RunDocument | null {
  let again: Statements
  try {
    again = statementsOf(files)
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    book.problems.push(`the run can't be judged again: ${error.message}`)
    return null
  }
  const { run } = again.certification.predicate
  const sameJudge = run.versions.judge === judgeVersion
  for (const name of ['certification', 'testResult'] as const) {
    const path = firstDifference(signed[name], again[name])
    if (path === null) continue
    const says = `${members[name]} differs from what the evidence gives, at ${path === '' ? 'its root' : path}`
    if (sameJudge) book.problems.push(says)
    else book.notes.push(`${says}; it was signed under judge ${run.versions.judge}, this is judge ${judgeVersion}`)
  }
  book.checks.push(`${run.requirements.length} verdicts judged again from the observations: ${run.verdict}`)
  return run
}

/** A signer may have loosened limits before the run: the reader sees where they are not the ones of this checkout. */
function compareLimits(files: RunFiles, { notes }: Notebook): void {
  const { plan } = readRun(files)
  const today = promisesFor(plan.rows.map((row) => row.requirement))
  const differing = Object.entries(plan.promises.objectives)
    .filter(([id, objective]) => firstDifference(objective, today.objectives[id] ?? null) !== null)
    .map(([id]) => id)
  const rows = Object.entries(plan.promises.rows)
    .filter(([id, row]) => firstDifference(row, today.rows[id] ?? null) !== null)
    .map(([id]) => id)
  if (differing.length > 0)
    notes.push(`judged by other limits than this checkout's sla.config.ts: ${differing.join(', ')}`)
  const usual = sla.plans[plan.plan]
  if (plan.confidence < usual.stageConfidence) {
    notes.push(`judged at confidence ${plan.confidence}, this checkout asks for ${usual.stageConfidence}`)
  }
  const fewer = plan.rows.filter(({ tier, repeats }) => repeats < usual.repeats[tier])
  if (fewer.length > 0) {
    notes.push(
      `fewer repeats than this checkout asks for: ${fewer.map(({ requirement, tier }) => `${requirement} on ${tier}`).join(', ')}`,
    )
  }
  if (rows.length > 0) notes.push(`rows differ from this checkout's catalogue: ${rows.join(', ')}`)
}

function runFilesOf(packed: RunFiles, { problems }: Notebook): RunFiles {
  const known: readonly string[] = [members.keys, members.certification, members.testResult]
  const files = new Map<string, Uint8Array>()
  for (const [name, bytes] of packed) {
    if (name.startsWith(members.run)) files.set(name.slice(members.run.length), bytes)
    else if (!known.includes(name)) problems.push(`${name} does not belong into a bundle`)
  }
  return files
}

/**
 * Checks a bundle offline: packing, both signatures of both statements, every digest, no file more
 * or less; then judges again and compares. Exit codes: 0 conformant and signed by a trusted signer,
 * 1 non-conformant or tampered with, 2 inconclusive or an intact bundle of an unknown signer, 64 no bundle.
 */
export async function verify(bytes: Uint8Array, trusted: ReadonlySet<string>): Promise<Verification> {
  const book: Notebook = { problems: [], checks: [], notes: [] }
  let packed: RunFiles
  try {
    packed = await unpackFiles(bytes)
  } catch (error) {
    if (!(error instanceof TarError)) throw error
    const exitCode = looksLikeTar(bytes) ? exitCodes.nonConformant : exitCodes.usage
    return { ...book, exitCode, problems: [error.message], run: null }
  }
  book.checks.push(`${packed.size} members, packed again to the same ${bytes.length} bytes`)
  const keys = readKeys(packed, book)
  const files = runFilesOf(packed, book)
  const signed = {
    certification: openStatement(packed, members.certification, keys, book),
    testResult: openStatement(packed, members.testResult, keys, book),
  }
  checkFiles(files, signed.certification, book)
  const run = book.problems.length > 0 ? null : checkStatements(files, signed, book)
  if (run === null || book.problems.length > 0) return { ...book, exitCode: exitCodes.nonConformant, run }
  compareLimits(files, book)
  const unknown = keys.filter(({ id }) => !trusted.has(id)).map(({ algorithm }) => algorithm)
  if (unknown.length > 0) {
    book.notes.push(
      `the bundle is intact, but its signer is unknown here (${unknown.join(' and ')} key): name a trust file with --trust`,
    )
    return { ...book, exitCode: run.exitCode === 1 ? exitCodes.nonConformant : exitCodes.inconclusive, run }
  }
  book.checks.push('both keys are trusted')
  const codes = {
    CONFORMANT: exitCodes.conformant,
    'NON-CONFORMANT': exitCodes.nonConformant,
    INCONCLUSIVE: exitCodes.inconclusive,
  }
  return { ...book, exitCode: codes[run.verdict], run }
}
