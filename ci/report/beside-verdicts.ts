/** What a run tells beside its verdicts: clocks of one load, every limit of rows with several, what was counted, and the files of its evidence. */
import { counted, figure, percent } from '../verdict/figures.ts'
import { loadClockTable, stageClockTable, type ClockTable } from './clocks.ts'
import { table } from './load-page.ts'
import { markup, type Markup } from './markup.ts'
import type { Report, ReportRow } from './model.ts'
import { folded, section } from './section.ts'

const unitOf = (unit: string): string => (unit === '1' ? '' : ` ${unit}`)
const nameOf = ({ row }: ReportRow): string => `${row.id} on ${row.tier}`

const clockMarkup = (title: string, told: ClockTable | null): Markup =>
  told === null
    ? markup``
    : markup`<h3>${title}</h3>
${table(title, told.columns, told.rows)}`

/** Generator, target and intended send times against each other. */
export function clocks({ clocks: all }: Report): Markup {
  const [loads, stages] = [loadClockTable(all), stageClockTable(all)]
  if (loads === null && stages === null) return markup``
  return section(
    'Clocks side by side',
    markup`<p class="soft">Verdicts count from the intended send. Counted from the actual one, a late sender would hide what it
kept waiting; the target's own clock leaves out what waits before it. That clock tells cells of a histogram, so its quantiles,
and all differences to them, have bounds. An alert that came after its sender's patience is in the target's clock alone: it
makes a difference negative.</p>
${clockMarkup('Event loads by three clocks', loads)}
${clockMarkup('Stages by two clocks', stages)}`,
  )
}

/** A row with several limits shows the one that decided; here are all of them. */
function limits(rows: readonly ReportRow[]): Markup | null {
  const lines = rows
    .filter(({ headroom }) => headroom.length > 1)
    .flatMap((entry) =>
      entry.headroom.map(({ objective, limit, tightest, unit, room }) => [
        nameOf(entry),
        objective,
        limit === null ? 'none' : `${figure(limit)}${unitOf(unit)}`,
        tightest === null ? '–' : `${figure(tightest)}${unitOf(unit)}`,
        room === null ? '–' : percent(room),
      ]),
    )
  if (lines.length === 0) return null
  const columns = ['Requirement', 'Objective', 'Limit', 'Tightest that would pass', 'Room']
  return folded(`${counted(lines.length, 'limit')} of rows that have several`, table('Limits', columns, lines))
}

function counts(rows: readonly ReportRow[]): Markup | null {
  const lines = rows.flatMap((entry) =>
    entry.counters.map(({ name, unit, value, overS }) => [
      nameOf(entry),
      name,
      `${figure(value)}${unitOf(unit)}`,
      `${figure(overS)} s`,
    ]),
  )
  if (lines.length === 0) return null
  return folded(counted(lines.length, 'count'), table('Counts', ['Requirement', 'Counted', 'Value', 'Over'], lines))
}

/** Relative to the report, which lies in the run's directory; no name of a stranger's file becomes another address. */
const linkTo = (file: string): string => `./${file.split('/').map(encodeURIComponent).join('/')}`

function files(rows: readonly ReportRow[]): Markup | null {
  const all = rows.flatMap((entry) => entry.files.map((file) => ({ entry, file })))
  if (all.length === 0) return null
  const lines = all.map(
    ({ entry, file: { name, kind, bytes, file } }) =>
      markup`<tr><th scope="row">${nameOf(entry)}</th><td>${kind}</td><td>${name}</td>
<td class="number">${figure(bytes)}</td><td><a href="${linkTo(file)}">${file}</a></td></tr>
`,
  )
  return folded(
    `${counted(all.length, 'file')} of the evidence: profiles, plans, clocks`,
    markup`<p class="soft">Compressed with gzip, beside this page. A browser's developer tools open a .cpuprofile and a
.heapprofile once it is unpacked; the others are JSON.</p>
<div class="scroll" role="region" aria-label="Files" tabindex="0"><table>
<thead><tr>${['Requirement', 'Kind', 'Name', 'Bytes', 'Path'].map((column) => markup`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${lines}</tbody></table></div>`,
  )
}

export function besideVerdicts({ rows }: Report): Markup {
  const parts = [limits(rows), counts(rows), files(rows)].filter((part) => part !== null)
  return parts.length === 0 ? markup`` : section('Beside the verdicts', markup`${parts}`)
}
