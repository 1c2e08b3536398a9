import { sla, type BurnTier, type Severity } from '../sla.config.ts'
import { decimal, pascal, runbookName, type Slo } from './slo.ts'

export type Rule = {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
  readonly for?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}
export type RuleGroup = {
  readonly name: string
  readonly interval?: string
  readonly rules: readonly Rule[]
  /** What was left out and why; stands above the group. */
  readonly comment?: string
}

/** Base window in which bad and all are counted; every longer window sums these counts. */
export const baseMin = 5

/** 60 → `1h`, 1440 → `1d`. */
export function windowName(minutes: number): string {
  if (minutes % 1_440 === 0) return `${minutes / 1_440}d`
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`
}

/** Share of bad ones at which a tier fires. */
export const burnThreshold = (tier: BurnTier, budget: number): number => decimal(tier.factor * budget)

/** A tier that would need more than 100 % bad ones can never fire. */
export const reachable = (tier: BurnTier, budget: number): boolean => burnThreshold(tier, budget) < 1

/** With fewer than this many in the long window, a single bad one would fire the tier. */
export const leastTraffic = (tier: BurnTier, budget: number): number =>
  Math.ceil(decimal(1 / burnThreshold(tier, budget)))

/** How bad an alert is: never worse than its objective says. */
const severityOf = (slo: Slo, tier: BurnTier): Severity => (slo.severity === 'critical' ? tier.severity : 'warning')

const ratioName = (minutes: number): string => `slo:bad:ratio${windowName(minutes)}`

/** Counts in the long window: the mean of the base counts, times how many of them fit; independent of the evaluation interval. */
function trafficIn(slo: Slo, minutes: number): string {
  return `avg_over_time(slo:total:increase${baseMin}m{slo="${slo.id}"}[${minutes - baseMin}m]) * ${minutes / baseMin}`
}

function alertOf(slo: Slo, tier: BurnTier): Rule {
  const threshold = burnThreshold(tier, slo.budget)
  const above = (minutes: number) => `${ratioName(minutes)}{slo="${slo.id}"} > ${threshold}`
  const clauses = [
    above(tier.longMin),
    `and ${above(tier.shortMin)}`,
    `and ${trafficIn(slo, tier.longMin)} >= ${leastTraffic(tier, slo.budget)}`,
    ...(slo.condition === null ? [] : [`and on () ${slo.condition}`]),
  ]
  const alert = `${pascal(slo.id)}Burn`
  const long = windowName(tier.longMin)
  const short = windowName(tier.shortMin)
  return {
    alert,
    expr: clauses.join('\n'),
    labels: { severity: severityOf(slo, tier), slo: slo.id, plane: slo.plane, tier: tier.name, long, short },
    annotations: {
      summary: `${slo.title}: the error budget burns too fast`,
      description:
        `{{ $value | humanizePercentage }} were bad over ${long}, more than ${decimal(threshold * 100)} %: ` +
        `at this pace ${decimal(tier.budgetShare * 100)} % of the ${sla.burnRate.periodDays}-day budget goes in ${long}.`,
      runbook_url: `docs/runbooks/${runbookName(alert)}.md`,
    },
  }
}

function increaseRules(slo: Slo): readonly Rule[] {
  const labels = { slo: slo.id }
  const window = `${baseMin}m`
  return [
    { record: `slo:total:increase${window}`, expr: slo.total(window), labels },
    { record: `slo:bad:increase${window}`, expr: slo.bad(window), labels },
  ]
}

/** Divides sums, never averages ratios; without traffic there is no sample, rather than NaN. */
function ratioRule(slo: Slo, minutes: number): Rule {
  const series = (kind: 'bad' | 'total') => `slo:${kind}:increase${baseMin}m{slo="${slo.id}"}`
  const sum = (kind: 'bad' | 'total') =>
    minutes === baseMin ? series(kind) : `sum_over_time(${series(kind)}[${minutes - baseMin}m])`
  return { record: ratioName(minutes), expr: `${sum('bad')} / (${sum('total')} > 0)`, labels: { slo: slo.id } }
}

const tiers: readonly BurnTier[] = sla.burnRate.tiers

/** Windows that the tiers look at, shortest first. */
export const windows: readonly number[] = [
  ...new Set(tiers.flatMap(({ longMin, shortMin }) => [shortMin, longMin])),
].toSorted((a, b) => a - b)

/** Why a tier of an SLO is left out, for each one that is. */
export function unreachableTiers(slo: Slo): readonly string[] {
  return tiers
    .filter((tier) => !reachable(tier, slo.budget))
    .map(
      (tier) =>
        `${slo.id}: tier ${tier.name} is left out: it could only fire with ${decimal(burnThreshold(tier, slo.budget) * 100)} % bad.`,
    )
}

/** Recording rules and multi-window burn-rate alerts of some SLOs; empty without SLOs. */
export function burnRateGroups(plane: string, slos: readonly Slo[]): readonly RuleGroup[] {
  if (slos.length === 0) return []
  const left = slos.flatMap(unreachableTiers)
  const alerts = slos.flatMap((slo) =>
    tiers.filter((tier) => reachable(tier, slo.budget)).map((tier) => alertOf(slo, tier)),
  )
  return [
    { name: `${plane}-slo-counts`, rules: slos.flatMap(increaseRules) },
    { name: `${plane}-slo-ratios`, rules: slos.flatMap((slo) => windows.map((minutes) => ratioRule(slo, minutes))) },
    { name: `${plane}-slo-burn`, rules: alerts, ...(left.length === 0 ? {} : { comment: left.join('\n') }) },
  ]
}

/** Seconds from a fault to the notification, at worst: scrape, evaluation, and the wait of the group. Throws when the sum breaks the promise. */
export function responseChainS(): number {
  const { scrapeS, evaluateS, groupWaitS } = sla.alerting
  const { limit } = sla.objectives['fault-to-notification']
  const chain = scrapeS + evaluateS + groupWaitS
  if (chain >= limit) {
    throw new Error(
      `Scrape ${scrapeS} s + evaluation ${evaluateS} s + group wait ${groupWaitS} s reach the ${limit} s of ` +
        '`fault-to-notification`: shorten one of them in sla.config.ts.',
    )
  }
  return chain
}
