/**
 * What rows told of the load that they watched: latency by rank, time to final, and everything that is metered beside it.
 * A row that watched several sizes is a scenario for each. Meshes that were grown to analyse them have pages of their own.
 */
import { z } from 'zod'
import { rankMs } from '../../suites/evidence/histogram.ts'
import { median } from '../../suites/evidence/median.ts'
import type { Evidence } from '../../suites/evidence/record.ts'
import type { StoredEvidence } from '../../suites/evidence/stored.ts'
import { meshCpuFigure } from '../../suites/mesh/live-figures.ts'
import { figure } from '../verdict/figures.ts'
import { isBelievable } from '../verdict/judge.ts'
import { pool, type Pooled, type PooledLatency } from '../verdict/pool.ts'
import { figuresIn } from './sized-figures.ts'

const Told = z.object({ name: z.string(), unit: z.string(), value: z.number().nullable() })
type Told = z.infer<typeof Told>

export const MeasuredScenario = z.object({
  requirement: z.string(),
  tier: z.string(),
  /** Where one row watched several sizes. */
  nodes: z.int().nullable(),
  figures: z.array(Told),
})
export type MeasuredScenario = z.infer<typeof MeasuredScenario>

/** Latencies that a scenario promises, by the names under which rows record them. */
const latencyNames = [
  { is: (name: string) => /^beacon-latency(-\d+)?$/.test(name), title: 'beacon latency' },
  { is: (name: string) => name === 'beacon-final', title: 'time to final' },
] as const
const ranks = [0.5, 0.95, 0.99] as const

const ranksOf = ({ buckets, n }: PooledLatency, title: string): readonly Told[] =>
  ranks.map((rank) => ({
    name: `${title} p${rank * 100}`,
    unit: 'ms',
    value: rankMs(buckets, Math.ceil(rank * n)) ?? null,
  }))

function figuresOf({ latencies, series }: Pooled): Told[] {
  const ranked = latencyNames.flatMap(({ is, title }) =>
    latencies.filter(({ name, n }) => n > 0 && is(name)).flatMap((latency) => ranksOf(latency, title)),
  )
  const metered = series.map(({ name, unit, values }) => ({ name, unit, value: median(values) ?? null }))
  return [...ranked, ...metered]
}

/** One row on one tier; none where it watched no load, or a growing one. */
function scenariosIn(own: readonly Evidence[]): readonly MeasuredScenario[] {
  const [first] = own
  const all = own.flatMap(({ observations }) => observations)
  const grows = all.some((one) => one.type === 'file' && one.kind === 'scaling')
  const searches = all.some((one) => one.type === 'history' && one.checker === 'limit-foretold')
  if (first === undefined || grows || searches) return []
  const { requirement, tier } = first
  const pooled = pool(own)
  if (pooled.series.some(({ name }) => name === meshCpuFigure))
    return [{ requirement, tier, nodes: null, figures: figuresOf(pooled) }]
  const sized = figuresIn(pooled.series)
  const sizes = sized.find(({ name }) => name === meshCpuFigure)?.sizes ?? []
  return sizes.map(({ nodes }) => ({
    requirement,
    tier,
    nodes,
    figures: sized.map(({ name, unit, sizes: at }) => ({
      name,
      unit,
      value: at.find((one) => one.nodes === nodes)?.value ?? null,
    })),
  }))
}

/** Every load scenario of a run, by row and size. What could not be believed is left out. */
export function scenariosOf({ evidence }: Pick<StoredEvidence, 'evidence'>): readonly MeasuredScenario[] {
  const byRow = Map.groupBy(evidence.filter(isBelievable), ({ requirement, tier }) => `${requirement}, ${tier}`)
  return [...byRow]
    .toSorted(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }))
    .flatMap(([, own]) => scenariosIn(own))
}

const nameOf = ({ requirement, tier, nodes }: MeasuredScenario): string =>
  `${requirement}, ${nodes === null ? '' : `${figure(nodes)} nodes, `}${tier}`

const lineOf = ({ name, unit }: Told): string => `${name}, ${unit}`

/** A line for each figure and a column for each scenario; null without any. */
export function scenarioTable(scenarios: readonly MeasuredScenario[]): {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
} | null {
  if (scenarios.length === 0) return null
  const lines = new Set(scenarios.flatMap(({ figures }) => figures.map(lineOf)))
  const rows = [...lines].map((line) => [
    line,
    ...scenarios.map(({ figures }) => {
      const value = figures.find((one) => lineOf(one) === line)?.value ?? null
      return value === null ? '–' : figure(value)
    }),
  ])
  return { columns: ['Reported', ...scenarios.map(nameOf)], rows }
}
