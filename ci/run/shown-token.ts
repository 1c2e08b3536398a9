import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { endOf } from '../../suites/contract/tokens.ts'
import { formsOf } from '../../suites/mesh/canaries.ts'

/** Says which log of a run shows the token that its writer asks with, or could not be searched for it; null when none does. */
export function shownToken(runDirectory: string, token: string, logNames: readonly string[]): string | null {
  const forms = formsOf(endOf(token))
  for (const name of logNames) {
    const log = join('logs', `${name}.log`)
    let said: Buffer
    try {
      said = readFileSync(join(runDirectory, log))
    } catch (error) {
      return `${log} can't be searched for the target's token: ${String(error)}`
    }
    if (forms.some((form) => said.includes(form)))
      return `${log} shows the target's token: keep the run to yourself, and take the token out of what its generator says`
  }
  return null
}
