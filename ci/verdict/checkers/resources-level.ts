import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Item = HistoryItem<'resources-level'>
export type Use = Extract<Item, { type: 'use' }>
type Stretch = Extract<Item, { type: 'load' }>

/** Readings of each process within the load, warm-up left out, in order of time. */
export function usesOf(items: readonly Item[]): readonly { readonly load: Stretch; readonly uses: readonly Use[] }[] {
  const loads = items.filter((item): item is Stretch => item.type === 'load')
  return loads.flatMap((load) => {
    const own = items.filter(
      (item): item is Use =>
        item.type === 'use' &&
        item.load === load.load &&
        item.atMs >= load.fromMs + load.settleS * 1_000 &&
        item.atMs <= load.toMs,
    )
    return [...Map.groupBy(own, ({ instance }) => instance).values()].map((uses) => ({
      load,
      uses: uses.toSorted((a, b) => a.atMs - b.atMs),
    }))
  })
}

/** A process that was started anew begins without what it had leaked: the same one stands from first to last. */
export function resourcesLevel(items: readonly Item[]): readonly string[] {
  return usesOf(items).flatMap(({ uses }) => {
    const pids = [...new Set(uses.map(({ pid }) => pid))]
    return pids.length > 1 ? [`${uses[0]?.instance} ran as ${pids.length} processes: ${pids.join(', ')}`] : []
  })
}
