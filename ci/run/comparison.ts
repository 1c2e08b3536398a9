import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { baselineFrom } from '../bundle/baseline-record.ts'
import { freshKeys, trustedKeyIds } from '../bundle/keys.ts'
import { openBaseline, sealBaseline } from '../bundle/signed-baseline.ts'
import { readRunFiles } from '../../suites/evidence/stored.ts'
import { howToRecord } from '../verdict/baseline.ts'
import type { Plan } from '../verdict/plan.ts'
import { describeMachine } from './environment.ts'
import { fromHere } from './run-directory.ts'

type Planned = NonNullable<Plan['comparison']>

/** Where the baseline of this checkout lies: beside its runs, for it is of this machine and no part of the tree. */
export const baselineFile = (root: string): string => join(root, '.evidence', 'baseline.json')

/** What a baseline's text is worth to whoever trusts these keys. */
export function planned(name: string, text: string | null, trusted: ReadonlySet<string>): Planned {
  const machine = describeMachine()
  if (text === null) return { machine, signed: null, refused: null }
  const opened = openBaseline(text)
  if ('problem' in opened)
    return { machine, signed: null, refused: `the baseline ${name}: ${opened.problem}. Delete it and ${howToRecord}` }
  const stranger = opened.signers.find((id) => !trusted.has(id))
  if (stranger === undefined) return { machine, signed: text, refused: null }
  const refused = `the baseline ${name} is signed by ${stranger.slice(0, 16)}…, a key that is not yours: ${howToRecord}`
  return { machine, signed: null, refused }
}

/** The baseline that a run is held against: this checkout's own, if it is there, whole and signed by this user. */
export async function storedComparison(root: string): Promise<Planned> {
  const file = baselineFile(root)
  const text = await readFile(file, 'utf8').catch(() => null)
  return planned(fromHere(file), text, text === null ? new Set() : await trustedKeyIds(undefined))
}

/** A run that has just ended as the baseline of the next, by keys that nobody keeps. */
export async function comparisonWith(runDirectory: string): Promise<Planned> {
  const text = sealBaseline(baselineFrom(await readRunFiles(runDirectory)), freshKeys())
  return { machine: describeMachine(), signed: text, refused: null }
}
