import { z } from 'zod'
import { canonicalJson, digestOf } from '../../suites/evidence/digest.ts'
import { messageOf } from '../run/stop.ts'
import { Baseline, howToRecord, type Comparison } from '../verdict/baseline.ts'
import type { Plan } from '../verdict/plan.ts'
import { open, seal } from './envelope.ts'
import { keySetText, keySetTextOf, parseKeySet, type SigningKeys } from './keys.ts'

const baselineType = 'https://meshcert.dev/predicates/baseline/v1'

const Statement = z.looseObject({ predicateType: z.literal(baselineType), predicate: Baseline })
/** The statement in its envelope beside the public keys of its signer: one file, one canonical text. */
const Signed = z.strictObject({ envelope: z.unknown(), keys: z.unknown() })

/** A baseline as it is kept: an in-toto statement about the target, signed like a bundle's statements. */
export function sealBaseline(baseline: Baseline, keys: SigningKeys): string {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: baseline.target.name, digest: { sha256: digestOf(baseline.target) } }],
    predicateType: baselineType,
    predicate: baseline,
  }
  const envelope: unknown = JSON.parse(seal(statement, keys))
  const keySet: unknown = JSON.parse(keySetText(keys))
  return canonicalJson({ envelope, keys: keySet })
}

export type OpenedBaseline =
  | { readonly baseline: Baseline; readonly signers: readonly string[] }
  | { readonly problem: string }

/** Checks a signed baseline to the last byte; what is wrong is told, the first thing first. Whose keys they are is the caller's affair. */
export function openBaseline(text: string): OpenedBaseline {
  try {
    const { envelope, keys } = Signed.parse(JSON.parse(text))
    const verifying = parseKeySet(canonicalJson(keys))
    const { statement, problems } = open(canonicalJson(envelope), verifying)
    const [problem] = problems
    if (problem !== undefined) return { problem }
    const again = canonicalJson({ envelope, keys: JSON.parse(keySetTextOf(verifying.map(({ key }) => key))) })
    if (again !== text) return { problem: 'is not in canonical form: it was changed' }
    return { baseline: Statement.parse(statement).predicate, signers: verifying.map(({ id }) => id) }
  } catch (error) {
    return {
      problem: `is no signed baseline: ${error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)}`,
    }
  }
}

/** What a plan's rows are compared with. Its signatures are checked here again, for the plan may have been edited since. */
export function comparisonOf({ comparison, target }: Plan): Comparison | null {
  if (comparison === undefined) return null
  const { machine, signed, refused } = comparison
  const side = { machine, target: target.name }
  if (refused !== null || signed === null) return { ...side, baseline: null, refused }
  const opened = openBaseline(signed)
  return 'problem' in opened
    ? { ...side, baseline: null, refused: `the baseline in plan.json: ${opened.problem}. Delete it and ${howToRecord}` }
    : { ...side, baseline: opened.baseline, refused: null }
}
