import { burnThreshold, leastTraffic, reachable, responseChainS, windowName } from '../../alerting/burn-rate.ts'
import { decimal, objectiveEntries, pascal, sloOf } from '../../alerting/slo.ts'
import { sla, type BurnTier, type LoadShape, type Objective, type ObjectiveId } from '../../sla.config.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import { promiseText } from '../report/promise-text.ts'
import { percent, quantileName } from '../verdict/figures.ts'
import { samplesToBound } from '../statistics/clopper-pearson.ts'
import { pairsToBound } from '../statistics/signed-rank.ts'
import { generatedNote, page, table } from './markdown.ts'

const tiers: readonly BurnTier[] = sla.burnRate.tiers
const grouped = (value: number): string => value.toLocaleString('en-GB', { maximumFractionDigits: 3 })

/** Seconds of total outage that a share leaves in a period. */
export const budgetSeconds = (target: number, days: number): number => decimal((1 - target) * days * 86_400)

/** What it takes to judge an objective in a plan, in words. */
function needs(objective: Objective): string {
  const [gate, release] = [sla.plans.gate, sla.plans.release]
  const samples = (share: number) =>
    `n ≥ ${grouped(samplesToBound(1 - share, release.stageConfidence))} ` +
    `(gate: ${grouped(samplesToBound(1 - share, gate.stageConfidence))})`
  switch (objective.kind) {
    case 'latency':
      return samples(objective.quantile)
    case 'availability':
      return samples(objective.target)
    case 'throughput':
      return `${objective.sustainS} whole seconds in a row`
    case 'recovery':
      return `n ≥ ${gate.repeats.simulation} in simulation, ≥ ${gate.repeats.processes} live (release: ${release.repeats.simulation}, ${release.repeats.processes})`
    case 'invariant':
      return 'every check, or the whole history'
    case 'margin':
      return `a baseline of the same machine class, n ≥ ${pairsToBound(objective.confidence)} pairs`
    case 'floor':
    case 'ceiling':
      return 'each measurement'
  }
}

const citedBy = (id: ObjectiveId): string =>
  catalogue
    .filter(({ objective, further = [] }) => objective === id || further.includes(id))
    .map((row) => row.id)
    .join(', ')

function objectiveRows(): readonly (readonly string[])[] {
  return objectiveEntries
    .filter(([id]) => id !== 'holds')
    .map(([id, objective]) => [
      `\`${id}\``,
      objective.title,
      promiseText(objective),
      needs(objective),
      objective.severity,
      citedBy(id),
    ])
}

function budgetRows(): readonly (readonly string[])[] {
  return objectiveEntries.flatMap(([id, objective]) => {
    if (objective.kind !== 'availability') return []
    const { target, windowDays } = objective
    const seconds = budgetSeconds(target, windowDays)
    return [[`\`${id}\``, percent(target), `${grouped(seconds)} s in ${windowDays} days`, percent(decimal(1 - target))]]
  })
}

function tierRows(): readonly (readonly string[])[] {
  return tiers.map(({ name, longMin, shortMin, factor, budgetShare, severity }) => [
    name,
    windowName(longMin),
    windowName(shortMin),
    `${factor}`,
    percent(budgetShare),
    severity,
  ])
}

function firing(tier: BurnTier, budget: number): string {
  if (!reachable(tier, budget)) return 'never: it would need more than all'
  return `> ${percent(burnThreshold(tier, budget))} bad, from ${grouped(leastTraffic(tier, budget))} on`
}

function alertRows(): readonly (readonly string[])[] {
  return objectiveEntries.flatMap(([id, objective]) => {
    const slo = sloOf(id, objective)
    if (slo === null) return []
    const alert = objective.severity === 'info' ? 'none: drawn only' : `\`${pascal(id)}Burn\``
    return [[`\`${id}\``, percent(slo.budget), alert, ...tiers.map((tier) => firing(tier, slo.budget))]]
  })
}

function unexported(): string {
  const ids = objectiveEntries
    .filter(([id, objective]) => ['latency', 'availability'].includes(objective.kind) && sloOf(id, objective) === null)
    .map(
      ([id, objective]) => `\`${id}\`${objective.kind === 'latency' ? ` (${quantileName(objective.quantile)})` : ''}`,
    )
  return `Judged by the suite only, for no target exports the series that an alert would need: ${ids.join(', ')}.`
}

function shapeRows(): readonly (readonly string[])[] {
  const shapes: Readonly<Record<string, LoadShape>> = sla.loadShapes
  return Object.entries(shapes).map(([name, { title, claims, latency, perMinute, plans, seconds, sampleFloor }]) => [
    `\`${name}\``,
    title,
    claims,
    promiseText(sla.objectives[latency]),
    grouped(perMinute),
    ...(['gate', 'quick', 'release'] as const).map((plan) =>
      plans?.includes(plan) === false ? 'not run' : `${grouped(seconds[plan])} s, n ≥ ${grouped(sampleFloor[plan])}`,
    ),
  ])
}

/** `docs/SLA.md`: what is promised, what budget that leaves, what it takes to judge it and when its alerts can fire. */
export function slaPage(): string {
  const { scrapeS, evaluateS, groupWaitS } = sla.alerting
  const { limit } = sla.objectives['fault-to-notification']
  return page([
    generatedNote('sla.config.ts'),
    '# Service levels',
    '## Objectives',
    'The last column names the requirements that an objective is judged by; `holds` (no exception) is left out. ' +
      'The sample counts are the fewest with which a flawless run can pass at one-sided 95 %; the gate splits ' +
      'that error over its two stages.',
    table(['objective', 'what', 'promise', 'to judge it', 'severity', 'requirements'], objectiveRows()),
    '## Error budgets',
    table(['objective', 'target', 'budget as outage', 'budget as share'], budgetRows()),
    '## Burn-rate tiers',
    `Over ${sla.burnRate.periodDays} days; the method and its first three rows are those of the SRE workbook, chapter 5. ` +
      'A tier fires while both windows burn faster than its factor.',
    table(['tier', 'long', 'short', 'factor', 'budget spent', 'severity at most'], tierRows()),
    '## When alerts fire',
    'Below the stated number in the long window a single bad one would fire the tier, so it waits for that many.',
    table(['objective', 'budget', 'alert', ...tiers.map(({ name }) => name)], alertRows()),
    unexported(),
    `From fault to notification: scrape ${scrapeS} s + evaluation ${evaluateS} s + group wait ${groupWaitS} s = ` +
      `${responseChainS()} s at most, promised < ${limit} s.`,
    '## Loads',
    table(['shape', 'what', 'claims', 'judged by', 'per minute', 'gate', 'quick', 'release'], shapeRows()),
  ])
}
