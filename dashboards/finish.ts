import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { metrics } from '../suites/contract/metrics.ts'

type Target = { readonly expr: string; readonly refId: string; readonly legendFormat?: string }
type GridPosition = { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
export type FinishedPanel = {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: GridPosition
  readonly datasource?: { readonly uid: string }
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null; readonly color: string }[] }
    }
  }
  readonly targets?: readonly Target[]
}
/** A dashboard as Grafana provisions it: the bare object, ids set, rules of the house checked. */
export type FinishedDashboard = Omit<Dashboard, 'panels'> & {
  readonly uid: string
  readonly panels: readonly FinishedPanel[]
}

const registered = new Set<string>(metrics.map(({ name }) => name))
const words = new Set(['sum', 'avg', 'max', 'min', 'by', 'rate', 'histogram_quantile', 'on', 'and', 'count'])

/** Names of series in an expression: what is left without labels, groupings, functions, numbers and variables. */
export function seriesIn(expr: string): readonly string[] {
  const bare = expr.replaceAll(/\{[^}]*\}|\[[^\]]*\]|\b(?:by|on|without)\s*\([^)]*\)/g, ' ')
  return [...bare.matchAll(/[a-zA-Z_:][\w:]*/g)].map(([name]) => name).filter((name) => !words.has(name))
}

const metricOf = (series: string): string => series.replace(/_(bucket|count|sum)$/, '')

function problemsOf(panel: FinishedPanel): readonly string[] {
  if (panel.type === 'row') return panel.title === '' ? ['a row without a title'] : []
  const { title, description, fieldConfig, datasource, targets = [] } = panel
  const unknown = targets
    .flatMap(({ expr }) => seriesIn(expr))
    .filter((series) => !registered.has(series) && !registered.has(metricOf(series)))
  return [
    ...(title === '' ? ['no title'] : []),
    ...((description ?? '') === '' ? ['no description'] : []),
    ...((fieldConfig?.defaults.unit ?? '') === '' ? ['no unit'] : []),
    ...(datasource?.uid === '${datasource}' ? [] : ['a data source that is not the variable']),
    ...(targets.length === 0 ? ['no query'] : []),
    ...(targets.some(({ legendFormat }) => (legendFormat ?? '') === '') ? ['a query without a legend'] : []),
    ...unknown.map((series) => `series ${series}, which suites/contract/metrics.ts does not have`),
  ].map((problem) => `panel "${title}" has ${problem}`)
}

const overlaps = (a: GridPosition, b: GridPosition): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h

/** What Grafana's import or our own rules would refuse; empty for a good dashboard. */
export function dashboardProblems(dashboard: FinishedDashboard): readonly string[] {
  const { uid, title, panels, templating } = dashboard
  const ids = panels.map(({ id }) => id)
  const clashes = panels.flatMap((panel, index) =>
    panels
      .slice(index + 1)
      .flatMap((other) =>
        overlaps(panel.gridPos, other.gridPos) ? [`"${panel.title}" overlaps "${other.title}"`] : [],
      ),
  )
  return [
    ...((title ?? '') === '' ? ['no title'] : []),
    ...(/^[a-zA-Z0-9_-]{1,40}$/.test(uid) ? [] : [`uid ${uid} is not 1 to 40 letters, digits, - or _`]),
    ...(new Set(ids).size === ids.length && ids.every((id) => id > 0) ? [] : ['panel ids are not unique']),
    ...(templating?.list?.some(({ name }) => name === 'datasource') === true ? [] : ['no data source variable']),
    ...clashes,
    ...panels.flatMap(problemsOf),
  ]
}

/** Gives panels the ids that the SDK leaves out and enforces what it does not check; throws with every problem. */
export function finish(dashboard: Dashboard): FinishedDashboard {
  const panels = (dashboard.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 }))
  // The SDK types every field of a panel as optional; the check below proves the ones that we name.
  const finished = { ...dashboard, panels } as unknown as FinishedDashboard
  const problems = dashboardProblems(finished)
  if (problems.length > 0) throw new Error(`Dashboard ${finished.uid}: ${problems.join('; ')}.`)
  return finished
}
