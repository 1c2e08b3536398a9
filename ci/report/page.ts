import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Premise } from '../../suites/evidence/record.ts'
import type { RunRow } from '../../suites/evidence/verdict.ts'
import { counted, figure, percent } from '../verdict/figures.ts'
import { besideVerdicts, clocks } from './beside-verdicts.ts'
import { latencyTail, limitBar, recoveryDots } from './charts.ts'
import type { Agreement } from './fidelity.ts'
import { fidelityCells, fidelityColumns, fidelityHeadline } from './fidelity-text.ts'
import { scenariosMarkup, studyMarkup, table as numberTable } from './load-page.ts'
import { recoveriesOf, recoveryCaption, recoveryCells, recoveryColumns, recoveryPlot } from './recovery-plot.ts'
import { markup, trustedMarkup, type Markup } from './markup.ts'
import { folded, section } from './section.ts'
import { verdictOrder, type LatencyChart, type RecoveryChart, type Report, type ReportRow } from './model.ts'

const style = readFileSync(join(import.meta.dirname, 'page.css'), 'utf8')

const signs = { PASS: '✓', FAIL: '✗', INCONCLUSIVE: '?', EXEMPT: '!', 'NOT-APPLICABLE': '–' } as const

const word = (verdict: keyof typeof signs): Markup =>
  markup`<span class="word ${verdict}"><span aria-hidden="true">${signs[verdict]}</span> ${verdict}</span>`

/** A table that scrolls by itself on a narrow screen, reachable by keyboard. */
function table(name: string, columns: readonly string[], rows: readonly Markup[]): Markup {
  return markup`<div class="scroll" role="region" aria-label="${name}" tabindex="0"><table>
<thead><tr>${columns.map((column) => markup`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`
}

/** `2026-11-22 05:47:31 UTC`. */
const instant = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`

function heading({ plan, document }: Report): Markup {
  const { target, verdict, run, seed } = document
  const replaced = [
    ...(plan.defect === null ? [] : [`with the deliberate defect ${plan.defect}`]),
    ...(plan.variant === null ? [] : [`with the variant ${plan.variant}`]),
  ]
  const counts = verdictOrder
    .map((name) => ({ name, n: document.requirements.filter((row) => row.verdict === name).length }))
    .filter(({ n }) => n > 0)
  return markup`<header>
<a class="skip" href="#requirements">Skip to the requirements</a>
<h1><span class="${verdict}">${verdict}</span>: ${[`${target.name} ${target.version}`, ...replaced].join(', ')}</h1>
<p>Run <code>${run}</code>, plan ${plan.plan}, begun ${instant(plan.startedAt)}, seed <code>${seed}</code>.
Each bound is one-sided at ${percent(plan.confidence)} confidence.</p>
<ul class="tiles">${counts.map(({ name, n }) => markup`<li><b>${n}</b>${word(name)}</li>`)}
<li><b>${document.uncovered.length}</b>rows not shown on every tier</li></ul>
${document.notes.map((note) => markup`<p>${note}</p>`)}
</header>`
}

function decisive(rows: readonly ReportRow[]): Markup {
  const red = rows.filter(({ row }) => row.verdict === 'FAIL' || row.verdict === 'INCONCLUSIVE')
  if (red.length === 0) return markup``
  const told = red.map(({ row, data }) => {
    const replay = row.replay === null ? null : markup`<p>Run it again: <code>${row.replay}</code></p>`
    return markup`<h3>${word(row.verdict)} ${row.id} on ${row.tier}</h3>
<p>${data?.claim ?? ''}</p><p>${row.reason}</p>${replay}`
  })
  return section('What decides', markup`${told}`)
}

function numbers({ row, headroom }: ReportRow): Markup {
  const { observed, limit, interval, unit } = row
  // Zero violations of zero allowed say nothing as a bar.
  if (observed === null || limit === null || unit === null || unit === 'violations') {
    const noun = observed === 1 && unit === 'violations' ? 'violation' : (unit ?? '')
    return markup`${observed === null ? '' : `${figure(observed)} ${noun}`}`
  }
  // A row with several limits shows the one that decided.
  const room = headroom.find((own) => own.limit === limit)?.room ?? null
  const said = room === null ? '' : room < 0 ? `; misses by ${percent(-room)}` : `; ${percent(room)} of room`
  const text = `${figure(observed)} of ${figure(limit)}${unit === '1' ? '' : ` ${unit}`}${said}`
  return markup`${limitBar({ observed, limit, interval, unit })}<span class="soft">${text}</span>`
}

function tableRow(entry: ReportRow): Markup {
  const { row, data, seeds, faults, eventLogHashes } = entry
  const unit = row.unit === null || row.unit === '1' ? '' : ` ${row.unit}`
  const interval = row.interval === null ? '' : `${figure(row.interval[0])} – ${figure(row.interval[1])}${unit}`
  const facts = [
    ...(seeds.length > 0 ? [`seed ${seeds.join(', ')}`] : []),
    ...(faults > 0 ? [counted(faults, 'fault')] : []),
    ...eventLogHashes.slice(0, 1).map((hash) => `event log ${hash.slice(0, 16)}`),
    ...(eventLogHashes.length > 1 ? [`and of ${counted(eventLogHashes.length - 1, 'further world')}`] : []),
  ]
  return markup`<tr id="${row.id}-${row.tier}">
<th scope="row">${row.id}<span class="soft">${data?.claim ?? ''}</span></th>
<td>${word(row.verdict)}<span class="soft">${row.tier}, ${row.scope}</span></td>
<td>${numbers(entry)}</td>
<td class="number">${figure(row.n)}</td>
<td class="number">${interval}</td>
<td class="reason">${row.reason}<span class="soft">${facts.join('; ')}</span>${row.replay === null ? null : markup`<code>${row.replay}</code>`}</td>
</tr>`
}

function requirements({ rows }: Report): Markup {
  const columns = ['Requirement', 'Verdict', 'Observed and limit', 'n', 'Interval', 'Reason']
  const concerns = ({ row }: ReportRow) => row.verdict !== 'NOT-APPLICABLE'
  const [judged, others] = [rows.filter(concerns), rows.filter((entry) => !concerns(entry))]
  const name = `${counted(others.length, 'row')} of planes that the target does not have`
  const parts = [
    ...(judged.length > 0 || others.length === 0 ? [table('Verdicts', columns, judged.map(tableRow))] : []),
    ...(others.length > 0 ? [folded(name, table('Not applicable', columns, others.map(tableRow)))] : []),
  ]
  return section(
    'Requirements',
    markup`<p class="soft">Bars show what was observed, the mark above its limit, the line below the interval of what was
judged; room is what a limit could be tightened by at 95 % confidence.</p>
${parts}`,
  )
}

function latencyFigure({ row }: ReportRow, chart: LatencyChart): Markup {
  const { name, n } = chart.latency
  return markup`<figure>${latencyTail(chart)}<figcaption><b>${row.id} on ${row.tier}</b>: share of ${figure(n)} samples of
${name} above each latency. The promise is kept where the curve stays out of the shaded corner.</figcaption></figure>`
}

function recoveryFigure({ row }: ReportRow, chart: RecoveryChart): Markup {
  const { values, censored, unit } = chart.series
  const never = censored > 0 ? ` ${figure(censored)} never recovered.` : ''
  return markup`<figure>${recoveryDots(chart)}<figcaption><b>${row.id} on ${row.tier}</b>: ${figure(values.length)}
${values.length === 1 ? 'recovery' : 'recoveries'}; the mark below is the median. None may reach ${figure(chart.objective.limit)} ${unit}.${never}</figcaption></figure>`
}

function figures({ rows }: Report): Markup {
  const drawn = rows.flatMap((entry) => [
    ...entry.latencies.map((chart) => latencyFigure(entry, chart)),
    // Without a recovery there is no dot to draw; the row's reason tells of it.
    ...entry.recoveries.filter(({ series }) => series.values.length > 0).map((chart) => recoveryFigure(entry, chart)),
  ])
  if (drawn.length === 0) return markup``
  return section('Distributions', markup`<div class="charts">${drawn}</div>`)
}

function growth({ scenarios, load }: Report): Markup {
  if (scenarios.length + load.length === 0) return markup``
  return section('Load and growth', markup`${scenariosMarkup(scenarios)}${load.map(studyMarkup)}`)
}

function recovery(report: Report): Markup {
  const recoveries = recoveriesOf(report)
  const plot = recoveryPlot(recoveries)
  if (plot === null) return markup``
  return section(
    'Recovery from faults',
    markup`<figure class="wide"><div class="scroll" role="region" aria-label="Recoveries" tabindex="0">${plot}</div>
<figcaption>${recoveryCaption}</figcaption></figure>
${numberTable('Recoveries in figures', recoveryColumns, recoveries.map(recoveryCells))}`,
  )
}

/** Without both sides nothing is shown, so nothing is green. */
const agreementSigns = {
  agrees: { sign: '✓', like: 'PASS' },
  differs: { sign: '✗', like: 'FAIL' },
  'one side missing': { sign: '?', like: 'INCONCLUSIVE' },
} as const satisfies Record<Agreement['word'], { sign: string; like: string }>

function fidelity({ fidelity: rows }: Report): Markup {
  if (rows.length === 0) return markup``
  const lines = rows.map((row) => {
    const { cells, found } = fidelityCells(row)
    const { sign, like } = agreementSigns[found.word]
    const [first = '', ...others] = cells
    return markup`<tr><th scope="row">${first}</th>${others.map((cell) => markup`<td>${cell}</td>`)}
<td><span class="word ${like}"><span aria-hidden="true">${sign}</span> ${found.word}</span></td></tr>
`
  })
  return section(
    'Simulation against live processes',
    markup`<p>${fidelityHeadline(rows)}</p>
<p class="soft">The same scenario in virtual time and on live processes, in this run or, where it says so, in runs on record. The
difference is relative to the live figure; its bounds stand in sla.config.ts and decide no verdict.</p>
${table('Figures of both worlds', [...fidelityColumns, 'Verdict'], lines)}`,
  )
}

/** Equal premises of one row, as repeats of a fault state them, are shown once: by the one that came closest to breaking. */
function worstPremises({ row, premises: own }: ReportRow): readonly StatedPremise[] {
  const groups = Map.groupBy(own, ({ claim, unit }) => `${claim} ${unit}`)
  return [...groups.values()].flatMap((group) => {
    const worst = group.toSorted((a, b) => b.measured - b.limit - (a.measured - a.limit))[0]
    return worst === undefined ? [] : [{ row, premise: worst, times: group.length }]
  })
}

type StatedPremise = { readonly row: RunRow; readonly premise: Premise; readonly times: number }

const isBroken = ({ premise: { measured, limit } }: StatedPremise): boolean => measured > limit

function premiseRow({ row, premise, times }: StatedPremise): Markup {
  const { claim, detail, measured, limit, unit } = premise
  const facts = [
    ...(times > 1 ? [`worst of ${counted(times, 'time')}`] : []),
    ...(detail === undefined || detail === '' ? [] : [detail]),
  ]
  return markup`<tr><th scope="row">${row.id}<span class="soft">${row.tier}</span></th>
<td>${claim}<span class="soft">${facts.join('; ')}</span></td>
<td>${limit === 0 && measured === 0 ? `no ${unit}` : `${figure(measured)} of at most ${figure(limit)} ${unit}`}</td></tr>
`
}

function premises({ rows }: Report): Markup {
  const all = rows.flatMap(worstPremises)
  if (all.length === 0) return markup``
  const columns = ['Requirement', 'Premise', 'Measured']
  const [broken, held] = [all.filter(isBroken), all.filter((stated) => !isBroken(stated))]
  const parts = [
    ...(broken.length === 0 ? [] : [table('Broken premises', columns, broken.map(premiseRow))]),
    ...(held.length === 0
      ? []
      : [folded(`${counted(held.length, 'premise')} held`, table('Premises', columns, held.map(premiseRow)))]),
  ]
  return section(
    'Premises',
    markup`<p class="soft">What must be true of the measuring side before its numbers mean anything. Beyond its limit,
the verdict is INCONCLUSIVE.</p>
${parts}`,
  )
}

function uncovered({ document }: Report): Markup {
  if (document.uncovered.length === 0) return markup``
  const rows = document.uncovered.map(
    ({ id, tiers }) => markup`<li>${id} <span class="soft">${tiers.join(', ')}</span></li>`,
  )
  return section(
    'Not shown everywhere',
    markup`<p>The catalogue asks for these on the tiers named, where nobody tests them yet; no certificate may speak of
them.</p>${folded(counted(rows.length, 'row'), markup`<ul class="columns">${rows}</ul>`)}`,
  )
}

/** A value as people read it; what has parts, part by part. */
function stated(name: string, value: unknown): readonly (readonly [name: string, text: string])[] {
  if (typeof value === 'number') return [[name, value.toLocaleString('en-US')]]
  if (typeof value !== 'object' || value === null) return [[name, String(value)]]
  return Object.entries(value).flatMap(([part, inner]) => stated(`${name} ${part}`, inner))
}

function provenance({ plan, document, environment }: Report): Markup {
  const items = [
    ...Object.entries(document.versions).map(([name, value]) => [`${name} version`, value] as const),
    ...Object.entries(plan.inputs).map(([name, value]) => [`SHA-256 of ${name}`, value] as const),
    ...Object.entries(environment).flatMap(([name, value]) => stated(name, value)),
  ]
  const list = items.map(([name, value]) => markup`<dt>${name}</dt><dd><code>${value}</code></dd>`)
  return section('Where and with what', markup`<dl>${list}</dl>`)
}

/** The whole report as one file that needs nothing else: no script, no network, no fonts. */
export function renderPage(report: Report): string {
  const { document, rows } = report
  const sections = [
    decisive(rows),
    ...[requirements, growth, clocks, recovery, fidelity, figures, premises, besideVerdicts, uncovered, provenance].map(
      (part) => part(report),
    ),
  ]
  const page = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${document.verdict}: ${document.target.name}, meshcert run ${document.run}</title>
<style>${trustedMarkup(style)}</style></head>
<body>${heading(report)}<main>${sections}</main>
<footer><p>Made by meshcert from the run's evidence. A signed bundle of it is checked with
<code>npx meshcert verify</code>.</p></footer></body></html>
`
  return page.markup
}
