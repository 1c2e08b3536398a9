import * as common from '@grafana/grafana-foundation-sdk/common'
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus'
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'
import type { MetricName } from '../suites/contract/metrics.ts'

/** A series that is drawn: what Prometheus is asked, and how the line is called. */
export type Line = { readonly expr: string; readonly legend: string }

export type PanelSpec = {
  readonly title: string
  readonly description: string
  /** Grafana's name of the unit: `s`, `percentunit`, `ops`, `short`. */
  readonly unit: 's' | 'percentunit' | 'ops' | 'short'
  readonly lines: readonly Line[]
  /** Lines across the panel where a promise ends, in the panel's unit. */
  readonly limits?: readonly number[]
  /** Good is above the limits, as for rates. */
  readonly above?: boolean
}

const datasource = { type: 'prometheus', uid: '${datasource}' } as const
const good = 'green'
const bad = 'red'

function thresholds({ limits = [], above = false }: PanelSpec): dashboard.ThresholdsConfigBuilder {
  const first = above && limits.length > 0 ? bad : good
  const steps = limits.toSorted((a, b) => a - b).map((value) => ({ value, color: above ? good : bad }))
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps([{ value: null, color: first }, ...steps])
}

/** A time series with the limits of its promises as lines. */
export function panel(spec: PanelSpec): timeseries.PanelBuilder {
  const mode = spec.limits === undefined ? common.GraphThresholdsStyleMode.Off : common.GraphThresholdsStyleMode.Line
  const builder = new timeseries.PanelBuilder()
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .min(0)
    .span(12)
    .height(8)
    .datasource(datasource)
    .legend(new common.VizLegendOptionsBuilder().showLegend(true))
    .thresholds(thresholds(spec))
    .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(mode))
  for (const [index, { expr, legend }] of spec.lines.entries()) {
    const refId = String.fromCharCode('A'.charCodeAt(0) + index)
    builder.withTarget(
      new prometheus.DataqueryBuilder().expr(expr).legendFormat(legend).refId(refId).datasource(datasource),
    )
  }
  return builder
}

const matchers = (labels: Readonly<Record<string, string>>): string =>
  Object.keys(labels).length === 0
    ? ''
    : `{${Object.entries(labels)
        .map(([label, value]) => `${label}="${value}"`)
        .join(', ')}}`

/** A quantile of a histogram over all instances. */
export function quantileLine(
  metric: MetricName,
  quantile: number,
  labels: Readonly<Record<string, string>> = {},
): Line {
  const name = `p${Number((quantile * 100).toFixed(1))}`
  const rate = `rate(${metric}_bucket${matchers(labels)}[$__rate_interval])`
  return { expr: `histogram_quantile(${quantile}, sum by (le) (${rate}))`, legend: name }
}

/** A counter's rate, summed by the given labels. */
export function rateLine(metric: MetricName, legend: string, by: readonly string[] = []): Line {
  const grouping = by.length === 0 ? 'sum' : `sum by (${by.join(', ')})`
  return { expr: `${grouping} (rate(${metric}[$__rate_interval]))`, legend }
}
