/** What is said of chaos rows: verdicts side by side, timings, courses, what proved the faults and what they left. */
import { alertRules } from '../../alerting/rule-files.ts'
import { runbookName } from '../../alerting/slo.ts'
import { plain, table } from '../generate/markdown.ts'
import { counted, figure } from '../verdict/figures.ts'
import { verdictOrder } from './model.ts'
import { tierOrder, type MeasuredChaos } from './measured-chaos.ts'
import { secondsText, timedCells, timedColumns, type TimedSeries } from './timed-series.ts'

const judgedOf = ({ timings }: MeasuredChaos): TimedSeries | undefined => timings.find(({ limitS }) => limitS !== null)

/** The rows in one sentence. */
export function chaosHeadline(rows: readonly MeasuredChaos[]): string {
  const counts = verdictOrder
    .map((word) => ({ word, n: rows.filter(({ verdict }) => verdict === word).length }))
    .filter(({ n }) => n > 0)
    .map(({ word, n }) => `${n} ${word}`)
  const repeats = rows.flatMap(({ timings }) => timings.filter(({ limitS }) => limitS !== null))
  const timed = repeats.reduce((sum, { values, censored }) => sum + values.length + censored, 0)
  const never = repeats.reduce((sum, { censored }) => sum + censored, 0)
  return `${counted(rows.length, 'verdict')}: ${counts.join(', ')}. ${figure(timed)} times were judged; ${never === 0 ? 'all of them ended' : `${figure(never)} of them never ended`}.`
}

/** What is not kept, or in doubt, is seen at once. */
const word = ({ verdict }: MeasuredChaos): string =>
  verdict === 'PASS' || verdict === 'NOT-APPLICABLE' ? verdict : `**${verdict}**`

function outcome(row: MeasuredChaos | undefined): string {
  if (row === undefined) return '–'
  const judged = judgedOf(row)
  if (row.verdict === 'NOT-APPLICABLE') return word(row)
  if (judged === undefined || judged.values.length === 0) return `${word(row)} (n = ${figure(row.n)})`
  return `${word(row)}, largest ${secondsText(Math.max(...judged.values))} s (n = ${figure(row.n)})`
}

/** The same row in each world: whether its verdicts are alike. */
function alike(rows: readonly MeasuredChaos[]): string {
  const words = rows.map(({ verdict }) => verdict).filter((verdict) => verdict !== 'NOT-APPLICABLE')
  if (words.length < 2) return 'one tier'
  return new Set(words).size === 1 ? 'yes' : '**no**'
}

/** A line for each row and a column for each tier; clusters only where one was run on. */
export function outcomeTable(rows: readonly MeasuredChaos[]): string {
  const tiers = tierOrder.filter((tier) => tier !== 'cluster' || rows.some((row) => row.tier === tier))
  const lines = [...Map.groupBy(rows, ({ id }) => id)].map(([id, own]) => [
    id,
    plain(own[0]?.claim ?? ''),
    ...tiers.map((tier) => outcome(own.find((row) => row.tier === tier))),
    alike(own),
  ])
  const heads = tiers.map((tier) => tier.replace(/^./, (first) => first.toUpperCase()))
  return table(['Requirement', 'What is done', ...heads, 'Alike'], lines)
}

export const timingTable = (rows: readonly MeasuredChaos[], confidence: number): string =>
  table(
    timedColumns,
    rows.flatMap(({ id, tier, timings }) => timings.map((series) => [id, tier, ...timedCells(series, confidence)])),
  )

const courseColumns = [
  'Requirement',
  'Tier',
  'Fault',
  'Repeat',
  'Armed, s',
  'Effect proven',
  'Undone',
  'Detected',
  'Recovery counts from',
  'First success',
  'Steady',
]

/** The figures of the timelines. */
export function courseTable(rows: readonly MeasuredChaos[]): string {
  const lines = rows.flatMap(({ id, tier, course }) => {
    if (course === null) return []
    const { fault, repeat, of, armedS, provenS, undoneS, detectedS, fromS, firstSuccessS, recoveryS } = course
    const seconds = [armedS, provenS, undoneS, detectedS, fromS, firstSuccessS, recoveryS].map(secondsText)
    return [[id, tier, fault, `${figure(repeat + 1)} of ${figure(of)}`, ...seconds]]
  })
  return table(courseColumns, lines)
}

/** Pages of the alerts that watch, in production, what these objectives promise. */
function runbooksOf({ objectives }: MeasuredChaos): string {
  const alerts = alertRules().flatMap(({ alert, labels = {} }) =>
    alert !== undefined && objectives.includes(labels['slo'] ?? labels['objective'] ?? '') ? [runbookName(alert)] : [],
  )
  return [...new Set(alerts)].map((name) => `[${name}](../runbooks/${name}.md)`).join(', ') || '–'
}

const faultText = ({ faults }: MeasuredChaos): string =>
  faults.map(({ fault, driver, n, proven }) => `${fault} by ${driver}: ${proven} of ${n}`).join('; ') || '–'

const proofColumns = [
  'Requirement',
  'Tier',
  'Verdict',
  'Scope',
  'What the judge says',
  'Faults proven',
  'What was seen',
  'Left behind',
  'Runbook',
  'Again',
]

export const proofTable = (rows: readonly MeasuredChaos[]): string =>
  table(
    proofColumns,
    rows.map((row) => [
      row.id,
      row.tier,
      word(row),
      row.scope,
      plain(row.reason),
      faultText(row),
      plain(row.seen.join('; ')) || '–',
      plain(row.residue.join('; ')) || (row.faults.length === 0 ? '–' : 'nothing'),
      runbooksOf(row),
      row.replay === null ? '–' : `\`${row.replay}\``,
    ]),
  )
