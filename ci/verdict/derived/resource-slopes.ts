import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { median } from '../../../suites/evidence/median.ts'
import { theilSen, type Point } from '../../statistics/theil-sen.ts'
import { usesOf, type Use } from '../checkers/resources-level.ts'
import { nothingDerived, type Bounded, type Derived } from './derived.ts'

/**
 * Readings lie in blocks of equal length, and each counts by its median: neighbouring readings follow
 * one another (a heap fills until it is collected), which an interval over all of them would take for certainty.
 */
const blocks = 30
const leastBlocks = 8

/** Too few readings: the process may grow as it likes, and is no less in doubt than the others are level. */
const unknownSlope = { estimate: 0, lower: -Infinity, upper: Infinity }

const middle = (values: readonly number[]): number => median(values) ?? Number.NaN

/** Medians of equal blocks of time; fewer where there are too few readings. */
function blockMedians(points: readonly Point[]): readonly Point[] {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined || last.x <= first.x) return []
  const count = Math.min(blocks, Math.floor(points.length / 2))
  const lengthOf = (last.x - first.x) / count
  const groups = Map.groupBy(points, ({ x }) => Math.min(count - 1, Math.floor((x - first.x) / lengthOf)))
  return [...groups.values()].map((group) => ({
    x: middle(group.map(({ x }) => x)),
    y: middle(group.map(({ y }) => y)),
  }))
}

const hours = (ms: number): number => ms / 3_600_000

/** Share of one core between neighbouring readings, in %. */
function cpuPoints(uses: readonly Use[]): readonly Point[] {
  return uses.slice(1).flatMap((use, index) => {
    const before = uses[index]
    if (before === undefined || use.atMs <= before.atMs) return []
    return [{ x: hours(use.atMs), y: (100 * (use.cpuMs - before.cpuMs)) / (use.atMs - before.atMs) }]
  })
}

/** Growth of each process while it bears its load, by the hour: Theil and Sen's slope with bounds. */
export function resourceSlopes(items: readonly HistoryItem<'resources-level'>[], confidence: number): Derived {
  const bounded = usesOf(items).flatMap(({ uses }): Bounded[] => {
    const [first, last] = [uses[0], uses.at(-1)]
    if (first === undefined || last === undefined) return []
    const slope = (name: string, unit: string, points: readonly Point[]): readonly Bounded[] => {
      const medians = blockMedians(points)
      const found = medians.length < leastBlocks ? null : theilSen(medians, confidence)
      const part = {
        name: `${name}:${first.instance}`,
        unit,
        n: medians.length,
        spanS: (last.atMs - first.atMs) / 1_000,
      }
      return [{ ...part, ...(found ?? unknownSlope) }]
    }
    const of = (pick: (use: Use) => number) => uses.map((use) => ({ x: hours(use.atMs), y: pick(use) }))
    return [
      ...slope(
        'memory-slope',
        'MB/h',
        of(({ residentBytes }) => residentBytes / 1e6),
      ),
      ...slope(
        'handle-slope',
        '1/h',
        of(({ handles }) => handles),
      ),
      ...slope('cpu-slope', '%/h', cpuPoints(uses)),
    ]
  })
  return { ...nothingDerived, bounded }
}
