import { sla, type BurnTier, type Plane } from '../sla.config.ts'
import { firingTiers, type Stretch } from './burn-model.ts'
import { burnThreshold, leastTraffic, reachable } from './burn-rate.ts'
import { planes, ruleGroups, yamlText } from './rule-files.ts'
import { alertingSlos, decimal, pascal, objectiveEntries, type Slo } from './slo.ts'
import { countedInvariants, watchedSeries } from './violations.ts'

type Input = { readonly series: string; readonly values: string }
type Sample = { readonly labels: string; readonly value: number }
type Case = {
  readonly name: string
  readonly interval: '1m'
  readonly input_series: readonly Input[]
  readonly promql_expr_test: readonly { expr: string; eval_time: string; exp_samples: readonly Sample[] }[]
}

const tiers: readonly BurnTier[] = sla.burnRate.tiers
/** Large enough that every threshold is a whole number of bad ones. */
const busy = 100_000

/** Traffic of one SLO in a case, and whether its promise is in force there. */
type Course = { readonly slo: Slo; readonly stretches: readonly Stretch[]; readonly inForce: boolean }

/** promtool's notation for a counter that grows steadily in each stretch. */
function counterValues(stretches: readonly Stretch[], perMinute: (stretch: Stretch) => number): string {
  let value = 0
  const parts = stretches.map((stretch, index) => {
    const step = decimal(perMinute(stretch))
    // Each notation yields its start too: the first one stands at minute 0, later ones start a step on.
    const start = decimal(index === 0 ? 0 : value + step)
    const steps = index === 0 ? stretch.minutes : stretch.minutes - 1
    value = decimal(value + step * stretch.minutes)
    return `${start}+${step}x${steps}`
  })
  return parts.join(' ')
}

const good = ({ perMinute, badShare }: Stretch): number => perMinute * (1 - badShare)

function seriesOf({ slo, stretches }: Course): readonly Input[] {
  const objective = objectiveEntries.find(([id]) => id === slo.id)?.[1]
  const total = (series: string) => ({ series, values: counterValues(stretches, ({ perMinute }) => perMinute) })
  const within = (series: string) => ({ series, values: counterValues(stretches, good) })
  if (objective?.kind === 'latency') {
    const le = `le="${objective.limit / 1_000}"`
    return [total(slo.source), within(`${objective.metric}_bucket{${le}}`)]
  }
  if (objective?.kind !== 'availability' || objective.good === null) throw new Error(`${slo.id} has no budget`)
  // A total without labels that is also the good ones' metric is the sum of good and bad series.
  if (!objective.good.startsWith(`${slo.source}{`)) return [total(slo.source), within(objective.good)]
  const bad = counterValues(stretches, (stretch) => stretch.perMinute * stretch.badShare)
  return [within(objective.good), { series: `${slo.source}{state="failed"}`, values: bad }]
}

/** Promises may share a series: it is fed once, and must mean the same to all of them. */
function unique(inputs: readonly Input[]): readonly Input[] {
  const fed = new Map<string, string>()
  for (const { series, values } of inputs) {
    if ((fed.get(series) ?? values) !== values) {
      throw new Error(
        `A case feeds ${series} with ${fed.get(series)} and with ${values}: give both promises one course.`,
      )
    }
    fed.set(series, values)
  }
  return [...fed].map(([series, values]) => ({ series, values }))
}

/** Series that decide whether a promise is in force: mesh size and arrival rate. */
function surroundings(plane: Plane, { nodes, perMinute }: { nodes: number; perMinute: number }, minutes: number) {
  if (plane === 'mesh') return [{ series: 'mesh_nodes{state="up"}', values: `${nodes}x${minutes}` }]
  return plane === 'events' ? [{ series: 'events_accepted_total', values: `0+${perMinute}x${minutes}` }] : []
}

const minutesOf = (stretches: readonly Stretch[]): number => stretches.reduce((sum, { minutes }) => sum + minutes, 0)

function burnCase(plane: Plane, name: string, courses: readonly Course[], around = { nodes: 10, perMinute: 60 }): Case {
  const minutes = Math.max(...courses.map(({ stretches }) => minutesOf(stretches)))
  const expected = courses
    .filter(({ inForce }) => inForce)
    .flatMap(({ slo, stretches }) => firingTiers(slo, stretches).map((tier) => ({ slo: slo.id, tier })))
  return {
    name: `${plane}: ${name}`,
    interval: '1m',
    input_series: unique([...courses.flatMap(seriesOf), ...surroundings(plane, around, minutes)]),
    promql_expr_test: [
      {
        expr: 'sum by (slo, tier) (ALERTS{alertstate="firing", slo!=""})',
        eval_time: `${minutes}m`,
        exp_samples: expected.map(({ slo, tier }) => ({ labels: `{slo="${slo}", tier="${tier}"}`, value: 1 })),
      },
    ],
  }
}

const steadily = (slo: Slo, badShare: number): Course => ({
  slo,
  stretches: [{ minutes: 40, perMinute: busy, badShare }],
  inForce: true,
})

const share = (value: number): number => Math.min(1, Math.round(value * busy) / busy)

/** How far above and below its threshold a tier is tried. */
const above = 1.05
const below = 0.95

/** Every tier just above and just below its threshold; a spike; an outage that is over; too little traffic to tell. */
function burnCases(plane: Plane, slos: readonly Slo[]): readonly Case[] {
  const [fast] = tiers
  if (slos.length === 0 || fast === undefined) return []
  const atTier = (tier: BurnTier, factor: number) =>
    slos
      .filter((slo) => reachable(tier, slo.budget))
      .map((slo) => steadily(slo, share(burnThreshold(tier, slo.budget) * factor)))
  const then = (first: number, second: number, lasts: readonly [number, number]) =>
    slos.map((slo) => ({
      slo,
      inForce: true,
      stretches: [
        { minutes: lasts[0], perMinute: busy, badShare: share(first * slo.budget * fast.factor) },
        { minutes: lasts[1], perMinute: busy, badShare: share(second * slo.budget * fast.factor) },
      ],
    }))
  const least = Math.min(...slos.flatMap((slo) => tiers.map((tier) => leastTraffic(tier, slo.budget) / tier.longMin)))
  const sparse = (slo: Slo): Course => ({
    slo,
    inForce: true,
    stretches: [{ minutes: 40, perMinute: Number((least * 0.8).toPrecision(3)), badShare: 1 }],
  })
  return [
    ...tiers.flatMap((tier) => [
      burnCase(plane, `fires just above ${tier.name}`, atTier(tier, above)),
      burnCase(plane, `silent just below ${tier.name}`, atTier(tier, below)),
    ]),
    // 1.5 times the threshold for 0.4 of the long window: below it over the window, above it over half the window.
    burnCase(plane, 'a spike shorter than the long window does not page', then(0, 1.5, [90, fast.longMin * 0.4])),
    ...tiers.map(({ name, shortMin }) =>
      burnCase(plane, `${name} falls silent once an outage is over`, then(1.5, 0, [65, shortMin + 2])),
    ),
    burnCase(plane, 'a single bad one in little traffic fires nothing', slos.map(sparse)),
    ...conditionCases(plane, slos, fast),
  ]
}

/** A promise for small meshes or low rates is silent beyond them, while the general one still fires. */
function conditionCases(plane: Plane, slos: readonly Slo[], fast: BurnTier): readonly Case[] {
  if (slos.every(({ condition }) => condition === null)) return []
  const beyond = { nodes: 100_000, perMinute: 1_000_000 }
  const courses = slos.map((slo) => ({
    ...steadily(slo, share(burnThreshold(fast, slo.budget) * above)),
    inForce: slo.condition === null,
  }))
  return [burnCase(plane, 'silent beyond the size or rate that the promise is made for', courses, beyond)]
}

const fired = 'count by (alertname) (ALERTS{alertstate="firing", alertname!="SeriesAbsent"})'

function violationCases(plane: Plane): readonly Case[] {
  const invariants = countedInvariants(plane)
  if (invariants.length === 0) return []
  const firing = invariants.map(({ id }) => ({ labels: `{alertname="${pascal(id)}Violated"}`, value: 1 }))
  const course = (name: string, values: string, samples: readonly Sample[]): Case => ({
    name: `${plane}: ${name}`,
    interval: '1m',
    input_series: invariants.map(({ metric }) => ({ series: metric, values })),
    promql_expr_test: [{ expr: fired, eval_time: '12m', exp_samples: samples }],
  })
  return [
    course('no violation, no alert', '0x15', []),
    course('one violation fires', '0x10 1x5', firing),
    course('a series born with a violation fires', '_x10 1x5', firing),
    course('resolves when nothing more happens', '0x3 1x12', []),
  ]
}

function absenceCases(plane: Plane): readonly Case[] {
  const series = watchedSeries(plane)
  if (series.length === 0) return []
  const expr = 'count by (series) (ALERTS{alertstate="firing", alertname="SeriesAbsent"})'
  const all = series.map((name) => ({ labels: `{series="${name}"}`, value: 1 }))
  const course = (name: string, values: string, samples: readonly Sample[]): Case => ({
    name: `${plane}: ${name}`,
    interval: '1m',
    input_series: series.map((source) => ({ series: source, values })),
    promql_expr_test: [{ expr, eval_time: `${sla.alerting.absentMin * 4}m`, exp_samples: samples }],
  })
  const lasting = sla.alerting.absentMin * 4
  return [
    course('silent while every series is there', `0x${lasting}`, []),
    course('a series that vanished fires', `0x${sla.alerting.absentMin}`, all),
  ]
}

/** promtool unit tests by file name, one file for each file of rules. Throws when a case is too close to a threshold. */
export function caseFiles(): ReadonlyMap<string, string> {
  const files = planes.map((plane): readonly [string, string] | null => {
    const groups = ruleGroups(plane)
    if (groups.length === 0) return null
    const slos = alertingSlos.filter((slo) => slo.plane === plane)
    const content = {
      rule_files: [`../generated/${plane}.yml`],
      evaluation_interval: '1m',
      group_eval_order: groups.map(({ name }) => name),
      tests: [...burnCases(plane, slos), ...violationCases(plane), ...absenceCases(plane)],
    }
    return [`${plane}.yml`, yamlText(content)]
  })
  return new Map(files.filter((file) => file !== null))
}
