import { readJson } from '../bundle/statements.ts'
import { EvidenceError } from '../../suites/evidence/evidence-error.ts'
import type { RunFiles } from '../../suites/evidence/stored.ts'
import { RunDocument } from '../../suites/evidence/verdict.ts'
import { Stop, exitCodes, messageOf } from './stop.ts'

const file = 'verdict.json'

/** The conclusion of a run. Throws a Stop where the run was cut off before it, an EvidenceError where it is none. */
export function readRunDocument(files: RunFiles): RunDocument {
  if (!files.has(file)) {
    throw new Stop(
      exitCodes.inconclusive,
      `There is no ${file}: the run was cut off before its conclusion. Run it again.`,
    )
  }
  const document = RunDocument.safeParse(readJson(files, file))
  if (!document.success) throw new EvidenceError(`${file} is no conclusion: ${messageOf(document.error)}`)
  return document.data
}

/** What every verb says, and how it ends, where a run's files are not as the run left them. Every other error, the machine's or our own, stays what it is. */
export function damaged(run: string, error: unknown): unknown {
  if (!(error instanceof EvidenceError)) return error
  const why = error.message.replace(/\.$/, '')
  return new Stop(exitCodes.nonConformant, `${run} is not as a run left it: ${why}. Run it again.`)
}
