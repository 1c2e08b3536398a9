import { z } from 'zod'
import { median } from '../../suites/evidence/median.ts'
import type { ObservationOf } from '../verdict/pool.ts'

/** One of the figures that are metered beside the load, by size: the median of its tries; null where none was told. */
export const SizedFigure = z.object({
  name: z.string(),
  unit: z.string(),
  sizes: z.array(z.object({ nodes: z.int(), value: z.number().nullable() })),
})
export type SizedFigure = z.infer<typeof SizedFigure>

const ofSize = /^(.+) at (\d+) nodes$/

/** Series that are named after a size, in the order in which they were recorded. */
export function figuresIn(series: readonly ObservationOf<'series'>[]): readonly SizedFigure[] {
  const parts = series.flatMap((one) => {
    const [, name, nodes] = ofSize.exec(one.name) ?? []
    if (name === undefined) return []
    return [{ name, unit: one.unit, nodes: Number(nodes), value: median(one.values) ?? null }]
  })
  return [...Map.groupBy(parts, ({ name }) => name)].map(([name, own]) => ({
    name,
    unit: own[0]?.unit ?? '',
    sizes: own.map(({ nodes, value }) => ({ nodes, value })).toSorted((a, b) => a.nodes - b.nodes),
  }))
}
