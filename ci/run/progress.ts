import { styleText } from 'node:util'
import type { VerdictWord } from '../../suites/evidence/verdict.ts'
import type { Told } from './verdict-line.ts'

export type Say = (line: string) => void

const colours = {
  PASS: 'green',
  FAIL: 'red',
  INCONCLUSIVE: 'yellow',
  EXEMPT: 'magenta',
  'NOT-APPLICABLE': 'gray',
} as const satisfies Record<VerdictWord, string>

/** A verdict word, coloured where a person looks at a terminal. */
export const paint = (word: VerdictWord): string =>
  styleText(colours[word], word, { stream: process.stderr, validateStream: true })

/** Progress on standard error, one plain line each: it reads the same in a terminal and in a CI log. */
export function createProgress(): Say {
  const startedMs = Date.now()
  return (line) => {
    const seconds = ((Date.now() - startedMs) / 1_000).toFixed(1).padStart(6)
    process.stderr.write(`${seconds} s  ${line}\n`)
  }
}

/** One verdict as a line of progress. */
export function verdictText({ row, verdict }: Told): string {
  const short = verdict.verdict === 'PASS' || verdict.verdict === 'NOT-APPLICABLE' ? '' : ` — ${verdict.reason}`
  const count = verdict.verdict === 'PASS' ? ` (n = ${verdict.n})` : ''
  return `${paint(verdict.verdict)} ${row.requirement} on ${row.tier}${count}${short}`
}
