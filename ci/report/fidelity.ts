/**
 * Simulated against live: one scenario in both worlds of one run, figure beside figure, against stated bounds. Where the live one did not
 * run, live runs on record may stand for it, and are said to.
 */
import { z } from 'zod'
import { sla, type FidelityRow, type FidelitySource } from '../../sla.config.ts'
import { rankMs } from '../../suites/evidence/histogram.ts'
import { historyItems } from '../../suites/evidence/history.ts'
import { median } from '../../suites/evidence/median.ts'
import type { StoredEvidence } from '../../suites/evidence/stored.ts'
import { isBelievable } from '../verdict/judge.ts'
import { pool } from '../verdict/pool.ts'

const Side = z.union([
  z.object({
    value: z.number(),
    n: z.int().positive(),
    /** Of live runs on record, made before this one. */
    recorded: z.literal(true).optional(),
  }),
  /** Why there is no figure. */
  z.object({ missing: z.string() }),
])
type Side = z.infer<typeof Side>

/** What was measured of one quantity: whether the worlds agree follows from it. */
export const MeasuredFidelity = z.object({
  quantity: z.string(),
  unit: z.string(),
  /** Rows that were judged, on simulation and live. */
  requirements: z.tuple([z.string(), z.string()]),
  simulation: Side,
  processes: Side,
  /** Absent where containers are no part of the comparison. */
  containers: Side.optional(),
  differenceMax: z.number().positive(),
})
export type MeasuredFidelity = z.infer<typeof MeasuredFidelity>

export type Agreement =
  | { readonly word: 'agrees' | 'differs'; readonly difference: number }
  | { readonly word: 'one side missing' }

/** Agreement needs a figure on either side. Containers are held against the simulation, too, where they have one: the farther counts. */
export function agreementOf({ simulation, processes, containers, differenceMax }: MeasuredFidelity): Agreement {
  if ('missing' in simulation) return { word: 'one side missing' }
  const live = [processes, containers].flatMap((side) => (side !== undefined && 'value' in side ? [side.value] : []))
  const difference = Math.max(...live.map((value) => Math.abs(simulation.value - value) / value))
  if (difference > differenceMax) return { word: 'differs', difference }
  return 'missing' in processes ? { word: 'one side missing' } : { word: 'agrees', difference }
}

/** Starts of one loop's cycles that follow one another, in ms apart. */
function periodsMs(items: readonly unknown[]): readonly number[] {
  const cycles = items.flatMap((item) => {
    const parsed = historyItems['cycles-on-time'].safeParse(item)
    return parsed.success && parsed.data.type === 'cycle' ? [parsed.data] : []
  })
  return [...Map.groupBy(cycles, ({ loop }) => loop).values()].flatMap((own) => {
    const sorted = own.toSorted((a, b) => a.cycle - b.cycle)
    return sorted.slice(1).flatMap((cycle, index) => {
      const before = sorted[index]
      return before?.cycle === cycle.cycle - 1 ? [cycle.startedAtMs - before.startedAtMs] : []
    })
  })
}

/** What never came counts as later than everything that did. */
function medianSide(values: readonly number[], censored: number): Side {
  const all = [...values, ...Array.from({ length: censored }, () => Number.POSITIVE_INFINITY)]
  const value = median(all)
  if (value === undefined) return { missing: 'nothing was measured' }
  return Number.isFinite(value) ? { value, n: all.length } : { missing: `${censored} of ${all.length} never ended` }
}

function sideOf(stored: StoredEvidence, source: FidelitySource, tier: string): Side {
  const own = stored.evidence.filter((record) => record.requirement === source.requirement && record.tier === tier)
  if (own.length === 0) return { missing: `${source.requirement} did not run there` }
  const believed = own.filter(isBelievable)
  if (believed.length === 0) return { missing: `${source.requirement} could not be believed there` }
  const { series, counters, latencies, histories } = pool(believed)
  if ('medianOf' in source) {
    const found = series.find(({ name }) => name === source.medianOf)
    return medianSide(found?.values ?? [], found?.censored ?? 0)
  }
  if ('countOf' in source) {
    const found = counters.filter(({ name }) => name === source.countOf)
    return medianSide(
      found.map(({ value }) => value),
      0,
    )
  }
  if ('periodOf' in source) {
    const cycles = histories.filter(({ checker }) => checker === 'cycles-on-time')
    return medianSide(
      cycles.flatMap(({ file }) => periodsMs(stored.histories.get(file) ?? [])),
      0,
    )
  }
  const found = latencies.find(({ name }) => name === source.latency)
  const value = found === undefined ? undefined : rankMs(found.buckets, Math.ceil(source.quantile * found.n))
  return found === undefined || value === undefined ? { missing: 'nothing was measured' } : { value, n: found.n }
}

/** What ran live counts before what is on record. */
function liveSide(stored: StoredEvidence, { processes, recorded }: FidelityRow): Side {
  const here = sideOf(stored, processes, 'processes')
  if ('value' in here || recorded === undefined) return here
  const before = sideOf(stored, recorded, 'simulation')
  return 'value' in before ? { ...before, recorded: true } : here
}

/** Every quantity of the table, with what this run knows of it; none where it knows nothing of any. */
export function fidelityOf(
  stored: StoredEvidence,
  rows: readonly FidelityRow[] = sla.fidelity,
): readonly MeasuredFidelity[] {
  const measured = rows.map((row): MeasuredFidelity => {
    const { quantity, unit, simulation, processes, containers, differenceMax } = row
    const sides = {
      simulation: sideOf(stored, simulation, 'simulation'),
      processes: liveSide(stored, row),
      ...(containers && { containers: sideOf(stored, containers, 'containers') }),
    }
    const requirements: [string, string] = [simulation.requirement, processes.requirement]
    return { quantity, unit, requirements, ...sides, differenceMax }
  })
  const isKnown = ({ simulation, processes, containers }: MeasuredFidelity): boolean =>
    [simulation, processes, containers].some((side) => side !== undefined && 'value' in side)
  return measured.some(isKnown) ? measured : []
}
