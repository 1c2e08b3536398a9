import { markup, type Markup } from './markup.ts'
import type { Report, ReportRow } from './model.ts'

const isRed = ({ row }: ReportRow): boolean => row.verdict === 'FAIL' || row.verdict === 'INCONCLUSIVE'

function outcome({ row }: ReportRow): Markup {
  if (row.verdict === 'FAIL') return markup`<failure type="FAIL" message="${row.reason}"/>`
  if (row.verdict === 'INCONCLUSIVE') return markup`<error type="INCONCLUSIVE" message="${row.reason}"/>`
  if (row.verdict === 'PASS') return markup``
  return markup`<skipped message="${row.verdict}: ${row.reason}"/>`
}

function testCase(entry: ReportRow): Markup {
  const { row, seeds, tookMs } = entry
  const properties = { scope: row.scope, n: String(row.n), seed: seeds.join(', '), replay: row.replay ?? '' }
  return markup`<testcase name="${row.id}" classname="meshcert.${row.tier}" time="${(tookMs / 1_000).toFixed(3)}">
<properties>${Object.entries(properties).map(([name, value]) => markup`<property name="${name}" value="${value}"/>`)}</properties>
${outcome(entry)}</testcase>
`
}

/** JUnit XML. A run that is red though none of its rows is (nothing judged, a stale exemption) gets a case of its own that says so. */
export function renderJunit(report: Report): string {
  const { document, plan, rows } = report
  const silent = document.exitCode !== 0 && !rows.some(isRed)
  const count = (...words: readonly string[]) => rows.filter(({ row }) => words.includes(row.verdict)).length
  const seconds = rows.reduce((sum, { tookMs }) => sum + tookMs, 0) / 1_000
  const [tests, errors] = [rows.length + (silent ? 1 : 0), count('INCONCLUSIVE') + (silent ? 1 : 0)]
  const skipped = count('EXEMPT', 'NOT-APPLICABLE')
  const totals = markup`tests="${tests}" failures="${count('FAIL')}" errors="${errors}" skipped="${skipped}" time="${seconds.toFixed(3)}"`
  const message = [document.verdict, ...document.notes].join('; ')
  const whole = silent
    ? markup`<testcase name="run" classname="meshcert"><error type="${document.verdict}" message="${message}"/></testcase>
`
    : null
  const xml = markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="meshcert ${plan.plan}" ${totals}>
<testsuite name="${document.target.name}" timestamp="${plan.startedAt.replace(/Z$/, '')}" ${totals}>
${rows.map(testCase)}${whole}</testsuite>
</testsuites>
`
  return xml.markup
}
