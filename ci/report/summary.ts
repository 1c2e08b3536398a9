import { plain } from '../generate/markdown.ts'
import { figure } from '../verdict/figures.ts'
import { verdictOrder, type Report } from './model.ts'

/** Text inside a Markdown table: nothing may end the cell or start markup. */
const cell = (text: string): string => plain(text).replaceAll('|', '\\|')

/** The run on one screen, for job summaries and pull requests. */
export function renderSummary({ document, rows }: Report): string {
  const counts = verdictOrder
    .map((word) => ({ word, n: rows.filter(({ row }) => row.verdict === word).length }))
    .filter(({ n }) => n > 0)
    .map(({ word, n }) => `${n} ${word}`)
  const { target, verdict, plan, seed, run, uncovered, notes } = document
  const lines = rows.map(({ row }) => {
    const { id, tier, verdict: word, n, observed, limit, unit, reason } = row
    const numbers = observed === null || limit === null ? '' : `${figure(observed)} / ${figure(limit)} ${unit ?? ''}`
    return `| ${word} | ${id} | ${tier} | ${cell(numbers)} | ${figure(n)} | ${cell(reason)} |`
  })
  const red = rows.filter(({ row }) => row.verdict === 'FAIL' || row.verdict === 'INCONCLUSIVE')
  return [
    `# ${verdict}: ${cell(target.name)} ${cell(target.version)}`,
    '',
    `Plan ${plan}, run \`${run}\`, seed \`${seed}\`: ${counts.join(', ') || 'nothing was judged'}; ${uncovered.length} rows of the catalogue not shown on every tier.`,
    ...notes.flatMap((note) => ['', `**${cell(note)}**`]),
    ...(red.length === 0
      ? []
      : ['', 'Run again what is red:', '', '```sh', ...new Set(red.flatMap(({ row }) => row.replay ?? [])), '```']),
    '',
    '| Verdict | Requirement | Tier | Observed / limit | n | Reason |',
    '| --- | --- | --- | --- | ---: | --- |',
    ...lines,
    '',
  ].join('\n')
}
