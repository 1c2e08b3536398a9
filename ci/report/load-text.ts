import { noLimit } from '../../suites/analysis/capacity.ts'
import { lossShareOf } from '../../suites/analysis/failure.ts'
import type { LimitFound } from '../../suites/evidence/scale-run.ts'
import { figure, percent } from '../verdict/figures.ts'
import type { LoadStudy } from './load-study.ts'

const nodes = (count: number): string => `${figure(Math.round(count))} nodes`

/** What the search came to, in one or two sentences. */
export function headline({ frame, foretold, found }: LoadStudy): string {
  const world = frame.cost === 'modelled' ? 'In virtual time, by the calibrated cost model' : 'On live processes'
  const by =
    foretold?.nodes == null
      ? 'no limit could be foretold'
      : `the limit was foretold at ${nodes(foretold.nodes)} by ${foretold.decidedBy} from ${foretold.from.map(figure).join(', ')}`
  if (found === null) return `${world}, ${by}; no larger size was run.`
  if (found.ended !== 'bracketed' || found.firstFailed === null) {
    const held = found.lastHeld === null ? 'no size held' : `the largest size that held is ${nodes(found.lastHeld)}`
    const why = found.ended === 'bracketed' ? '' : `: ${noLimit[found.ended]}`
    return `${world}, ${by}; ${held}, and no limit was found${why}.`
  }
  const held = found.lastHeld === null ? '' : `; ${nodes(found.lastHeld)} still hold`
  return `${world}, ${by}; found was ${nodes(found.firstFailed)}${apartText(found.firstFailed, foretold, found)}${held}.`
}

/** How far from the size that failed both were: what was foretold, and what that was at the speed that the machine had then. */
function apartText(failed: number, foretold: LoadStudy['foretold'], { foretoldThen }: LimitFound): string {
  const first = foretold?.nodes ?? null
  const away = (from: number) => percent(Math.abs(from - failed) / failed)
  const corrected =
    foretoldThen == null || foretoldThen === first
      ? []
      : [`${away(foretoldThen)} from ${nodes(foretoldThen)} at the machine's speed then`]
  return [...(first === null ? [] : [`${away(first)} away`]), ...corrected].map((text) => `, ${text}`).join('')
}

export const lawText = ({ analysis: { scalability: law } }: LoadStudy): string | null => {
  if (law === null) return null
  const interval = law.interval
  const of = (key: 'sigma' | 'kappa') =>
    interval === null
      ? ''
      : ` (${percent(interval.confidence)}: ${figure(interval[key][0])} – ${figure(interval[key][1])})`
  const peak = law.peakNodes === null ? 'no peak' : `peak at ${nodes(law.peakNodes)}`
  return `Universal Scalability Law, a core for each node: λ ${figure(law.lambda)} beacons a second, σ ${figure(law.sigma)}${of('sigma')}, κ ${figure(law.kappa)}${of('kappa')}; ${peak}; the farthest size is ${percent(law.errorMax)} off the law.`
}

export const bottleneckText = ({ analysis: { bottleneck } }: LoadStudy): string | null =>
  bottleneck === null
    ? null
    : `Bottleneck at ${nodes(bottleneck.nodes)}: ${bottleneck.name}${bottleneck.resource === bottleneck.name ? '' : ` (${bottleneck.resource})`}, ${percent(Math.min(1, bottleneck.pressure))} used up.`

export const adviceText = ({ analysis }: LoadStudy): readonly string[] =>
  analysis.recommendations.map(({ action, because, limitNodes }) => {
    const gain =
      limitNodes === null
        ? ''
        : `; the first failing size moves from ${figure(Math.round(limitNodes.before))} to ${figure(Math.round(limitNodes.after))}`
    return `${action}: ${because}${gain}.`
  })

export const columns = [
  'Nodes',
  'Outcome',
  'p50, ms',
  'p95, ms',
  'p99, ms',
  'Used, 1/s',
  'Lost',
  'Cores',
  'Busiest loop',
  'Formed in, s',
] as const

/** One row for each trial, in the order of sizes. */
export function tableRows({ trials }: LoadStudy): readonly (readonly string[])[] {
  return trials
    .toSorted((a, b) => a.run.nodes - b.run.nodes || a.run.attempt - b.run.attempt)
    .map(({ run, outcome }) => {
      const { latencyMs, seconds, processes } = run
      const ms = (value: number | undefined) => (value === undefined ? '–' : figure(value))
      const loops = processes.flatMap(({ loopShare }) => loopShare ?? [])
      return [
        figure(run.nodes),
        run.formedInMs === null ? 'did not form' : outcome,
        ms(latencyMs?.p50),
        ms(latencyMs?.p95),
        ms(latencyMs?.p99),
        seconds > 0 ? figure(run.beaconsUsed / seconds) : '–',
        seconds > 0 ? percent(lossShareOf(run)) : '–',
        figure(run.targetCores + run.suiteCores),
        loops.length === 0 ? '–' : percent(Math.max(...loops)),
        run.formedInMs === null ? '–' : figure(run.formedInMs / 1_000),
      ]
    })
}

/** What was metered beside the load, a line for each figure and a column for each size; null where nothing was. */
export function figureTable({ figures }: LoadStudy): {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
} | null {
  const sizes = [...new Set(figures.flatMap((one) => one.sizes.map(({ nodes: size }) => size)))].sort((a, b) => a - b)
  if (sizes.length === 0) return null
  const rows = figures.map(({ name, unit, sizes: own }) => [
    `${name}, ${unit}`,
    ...sizes.map((size) => {
      const value = own.find(({ nodes: at }) => at === size)?.value ?? null
      return value === null ? '–' : figure(value)
    }),
  ])
  return { columns: ['Metered beside the load', ...sizes.map((size) => nodes(size))], rows }
}
