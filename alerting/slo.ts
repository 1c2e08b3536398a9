import { sla, type Objective, type ObjectiveId, type Severity } from '../sla.config.ts'
import { metrics, type Metric } from '../suites/contract/metrics.ts'

/**
 * An objective with an error budget that a target's own series can be held against: "p99 ≤ X" is
 * the share within X of at least 99 %, so latency and availability are one thing here.
 */
export type Slo = {
  readonly id: string
  readonly plane: string
  readonly title: string
  readonly severity: Severity
  /** Share that may be bad: 0.01 for p99. */
  readonly budget: number
  /** PromQL: how many there were in the window, e.g. `5m`. */
  readonly total: (window: string) => string
  /** PromQL: how many of them were bad; a sum, never a ratio. */
  readonly bad: (window: string) => string
  /** The series that counts them all; without it nothing can be said. */
  readonly source: string
  /** The promise is made while this holds; null: always. */
  readonly condition: string | null
}

const registry: ReadonlyMap<string, Metric> = new Map(metrics.map((metric) => [metric.name, metric]))

/** Window over which an arrival rate is measured. */
const rateMin = 5

/**
 * A promise up to N per minute is meant at every measured rate that a mean of N gives: independent
 * arrivals are Poisson, so their count in the window swings by its own square root, and only one
 * window in 740 lies over three of these.
 */
export const mostPerMinute = (atPerMinute: number): number =>
  Math.ceil(atPerMinute + 3 * Math.sqrt(atPerMinute / rateMin))

/** Twelve significant digits are exact for every number of the config and show no float residue. */
export const decimal = (value: number): number => Number(value.toPrecision(12))

function selector(name: string, labels: Readonly<Record<string, string>> = {}, more: readonly string[] = []): string {
  const matchers = [...Object.entries(labels).map(([label, value]) => `${label}="${value}"`), ...more]
  return matchers.length === 0 ? name : `${name}{${matchers.join(', ')}}`
}

/**
 * Exporters write `le="1"`, Prometheus 3 stores `le="1.0"`; below 1e-4 it stores `2e-05` for `0.00002`. Such an edge
 * matches both spellings.
 */
export function edgeMatcher(seconds: number): string {
  if (Number.isInteger(seconds)) return `le=~"${seconds}(\\\\.0)?"`
  if (seconds >= 1e-4) return `le="${seconds}"`
  const stored = seconds.toExponential().replace(/e-(\d)$/, 'e-0$1')
  return `le=~"${`${seconds}|${stored}`.replaceAll('.', '\\\\.')}"`
}

/** Throws unless the registry has the histogram with an edge exactly at the limit. */
function histogramOf(id: string, name: string, limitS: number): string {
  const metric = registry.get(name)
  if (metric?.type !== 'histogram') {
    throw new Error(`Objective ${id} names ${name}, which is no histogram of suites/contract/metrics.ts: add it there.`)
  }
  if (metric.buckets?.includes(limitS) !== true) {
    throw new Error(`Histogram ${name} has no edge at ${limitS} s, the limit of ${id}: take its edges from bucketsOf.`)
  }
  return name
}

/** Name of the counter in a selector such as `events_finished_total{state="completed"}`; throws when the registry lacks it. */
export function counterOf(id: string, expression: string): Metric {
  const name = expression.replace(/\{.*$/, '')
  const metric = registry.get(name)
  if (metric?.type !== 'counter') {
    throw new Error(`Objective ${id} names ${name}, which is no counter of suites/contract/metrics.ts: add it there.`)
  }
  return metric
}

type LatencyObjective = Extract<Objective, { kind: 'latency' }>

function conditionOf({ atNodes, atPerMinute }: LatencyObjective): string | null {
  if (atNodes !== undefined) return `sum(mesh_nodes{state="up"}) <= ${atNodes}`
  if (atPerMinute !== undefined) {
    return `sum(rate(events_accepted_total[${rateMin}m])) * 60 <= ${mostPerMinute(atPerMinute)}`
  }
  return null
}

function latencySlo(id: string, objective: LatencyObjective, metric: string): Slo {
  const { plane, title, severity, quantile, limit, labels } = objective
  const limitS = limit / 1_000
  const name = histogramOf(id, metric, limitS)
  const total = (window: string) => `sum(increase(${selector(`${name}_count`, labels)}[${window}]))`
  const within = (window: string) =>
    `sum(increase(${selector(`${name}_bucket`, labels, [edgeMatcher(limitS)])}[${window}]))`
  return {
    id,
    plane,
    title,
    severity,
    budget: decimal(1 - quantile),
    total,
    bad: (window) => `clamp_min(${total(window)} - ${within(window)}, 0)`,
    source: selector(`${name}_count`, labels),
    condition: conditionOf(objective),
  }
}

function availabilitySlo(id: string, objective: Extract<Objective, { kind: 'availability' }>): Slo | null {
  const { plane, title, severity, good, total, target } = objective
  if (good === null || total === null) return null
  for (const expression of [good, total]) counterOf(id, expression)
  const all = (window: string) => `sum(increase(${total}[${window}]))`
  return {
    id,
    plane,
    title,
    severity,
    budget: decimal(1 - target),
    total: all,
    // A counter with labels is born with its first count: until then good ones are none, not unknown.
    bad: (window) => `clamp_min(${all(window)} - (sum(increase(${good}[${window}])) or 0 * ${all(window)}), 0)`,
    source: total,
    condition: null,
  }
}

/** The SLO behind an objective; null for a kind without a budget, or where no target exports its series. */
export function sloOf(id: string, objective: Objective): Slo | null {
  if (objective.kind === 'latency')
    return objective.metric === null ? null : latencySlo(id, objective, objective.metric)
  return objective.kind === 'availability' ? availabilitySlo(id, objective) : null
}

const objectives: Readonly<Record<ObjectiveId, Objective>> = sla.objectives

export const objectiveEntries = Object.entries(objectives) as readonly (readonly [ObjectiveId, Objective])[]

/** SLOs that alert: `info` objectives are judged and drawn, and wake nobody. */
export const alertingSlos: readonly Slo[] = objectiveEntries.flatMap(([id, objective]) => {
  const slo = objective.severity === 'info' ? null : sloOf(id, objective)
  return slo === null ? [] : [slo]
})

/** `beacon-latency` → `BeaconLatency`. */
export const pascal = (id: string): string =>
  id.replaceAll(/(^|-)([a-z0-9])/g, (_, __, first: string) => first.toUpperCase())

/** `BeaconLatency100Burn` → `beacon-latency-100-burn`: the name of an alert's runbook. */
export const runbookName = (alert: string): string =>
  alert.replaceAll(/(?<=[a-z])(?=[A-Z0-9])|(?<=[0-9])(?=[A-Z])/g, '-').toLowerCase()
