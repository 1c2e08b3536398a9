import type { RunRow } from '../../suites/evidence/verdict.ts'
import { paint } from './progress.ts'
import { fromHere } from './run-directory.ts'
import type { EndedRun } from './run.ts'

const red = (row: RunRow): boolean => row.verdict === 'FAIL' || row.verdict === 'INCONCLUSIVE'

function redLines(row: RunRow): readonly string[] {
  const head = `  ${paint(row.verdict)} ${row.id} on ${row.tier}: ${row.reason}`
  return row.replay === null ? [head] : [head, `    replay: ${row.replay}`]
}

/** The result of a run: a summary for people, or one JSON document for programs. */
export function printRun({ directory, document }: EndedRun, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(document)}\n`)
    return
  }
  const count = (verdict: RunRow['verdict']) => document.requirements.filter((row) => row.verdict === verdict).length
  const words = (['PASS', 'FAIL', 'INCONCLUSIVE', 'EXEMPT', 'NOT-APPLICABLE'] as const)
    .map((verdict) => ({ verdict, n: count(verdict) }))
    .filter(({ n }) => n > 0)
    .map(({ verdict, n }) => `${n} ${verdict}`)
  const lines = [
    '',
    `${document.verdict}: ${document.target.name} ${document.target.version}, plan ${document.plan}, seed ${document.seed}`,
    `  ${words.join(', ') || 'nothing was judged'}; ${document.uncovered.length} rows of the catalogue uncovered (npx meshcert list --uncovered)`,
    ...document.requirements.filter(red).flatMap(redLines),
    ...document.notes.map((note) => `  ${note}`),
    `  ${fromHere(directory)}/report.html`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
