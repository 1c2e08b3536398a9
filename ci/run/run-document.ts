import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RunDocument } from '../../suites/evidence/verdict.ts'
import { Stop, exitCodes, messageOf } from './stop.ts'

/** The conclusion of a run that has ended. */
export function readRunDocument(directory: string): RunDocument {
  const file = join(directory, 'verdict.json')
  try {
    return RunDocument.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw new Stop(
      exitCodes.usage,
      `${file} holds no conclusion: ${messageOf(error)}. The run may have been cut off: run it again.`,
    )
  }
}
