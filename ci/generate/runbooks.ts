import type { Rule } from '../../alerting/burn-rate.ts'
import { alertRules } from '../../alerting/rule-files.ts'
import { runbookName } from '../../alerting/slo.ts'
import { sla, type Objective, type ObjectiveId } from '../../sla.config.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import { promiseText } from '../report/promise-text.ts'
import { generatedNote, page, table } from './markdown.ts'

/** What stands below this line is written by hand and kept. */
export const handMarker = '<!-- Below this line: written by hand, kept by `meshcert generate`. -->'
const untouched = 'No incident has taught us anything yet. Write down here what was seen, what it was, what helped.\n'

const objectives: Readonly<Record<string, Objective>> = sla.objectives

function promisePart(id: string | undefined): readonly string[] {
  const objective = objectives[id ?? '']
  if (id === undefined || objective === undefined) return []
  const rows = catalogue.filter(({ objective: own, further = [] }) => own === id || further.includes(id as ObjectiveId))
  const explained = rows.map((row) => `\`npx meshcert explain ${row.id}\``).join(', ')
  return [
    `The promise: ${objective.title}, ${promiseText(objective)}.`,
    `The suite can show it broken or kept: ${explained}.`,
  ]
}

function firingPart(rules: readonly Rule[]): readonly string[] {
  const rows = rules.map(({ labels = {}, expr, for: lasting }) => [
    labels['tier'] ?? labels['series'] ?? labels['objective'] ?? '',
    labels['severity'] ?? '',
    `\`${expr.replaceAll('\n', ' ')}\`${lasting === undefined ? '' : ` for ${lasting}`}`,
  ])
  return ['## When it fires', table(['which', 'severity', 'condition'], rows)]
}

const firstLook = (rules: readonly Rule[]): string => {
  const planes = [...new Set(rules.map(({ labels = {} }) => labels['plane'] ?? ''))].join(', ')
  return (
    `1. Open the dashboard "Mesh / Overview", rows of: ${planes}. Since when, on how many instances?\n` +
    '2. Ask Prometheus for the condition below without its comparison: how far over is it, and does it still grow?\n' +
    '3. Look for a deployment, a fault or a load change at that minute.'
  )
}

/** The generated upper part of an alert's runbook. */
function upperPart(alert: string, rules: readonly Rule[]): string {
  const [first] = rules
  const labels = first?.labels ?? {}
  return page([
    generatedNote('sla.config.ts'),
    `# ${alert}`,
    `${first?.annotations?.['summary'] ?? alert}.`,
    ...promisePart(labels['slo'] ?? labels['objective']),
    '## First look',
    firstLook(rules),
    ...firingPart(rules),
    '## What helped before',
    handMarker,
  ])
}

/** The hand-written part of a runbook, if somebody wrote one. */
export function handPart(existing: string | null): string | null {
  const at = existing?.indexOf(handMarker) ?? -1
  if (existing === null || at < 0) return null
  const text = existing.slice(at + handMarker.length).replace(/^\n+/, '')
  return text === untouched ? null : text
}

/** One runbook per alert, by file name; `existing` gives what stands there now, so that hand-written parts stay. */
export function runbooks(existing: (file: string) => string | null): ReadonlyMap<string, string> {
  const byAlert = Map.groupBy(alertRules(), ({ alert }) => alert ?? '')
  return new Map(
    [...byAlert].map(([alert, rules]) => {
      const file = `${runbookName(alert)}.md`
      return [file, `${upperPart(alert, rules)}\n${handPart(existing(file)) ?? untouched}`]
    }),
  )
}
