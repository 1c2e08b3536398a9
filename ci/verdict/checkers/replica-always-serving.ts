import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Item = HistoryItem<'replica-always-serving'>
type Of<T extends Item['type']> = Extract<Item, { type: T }>

/** One load with what happened in it. */
export type KilledLoad = {
  readonly load: Of<'load'>
  readonly kills: readonly Of<'kill'>[]
  /** In order of time. */
  readonly replicas: readonly Of<'replicas'>[]
  readonly events: readonly Of<'event'>[]
}

/** The loads of a history, each with its own items. */
export function killedLoads(items: readonly Item[]): readonly KilledLoad[] {
  const loads = items.filter((item): item is Of<'load'> => item.type === 'load')
  const byLoad = Map.groupBy(items, ({ load }) => load)
  return loads.map((load) => {
    const own = byLoad.get(load.load) ?? []
    const of = <T extends Item['type']>(type: T) => own.filter((item): item is Of<T> => item.type === type)
    return {
      load,
      kills: of('kill').toSorted((a, b) => a.atMs - b.atMs),
      replicas: of('replicas').toSorted((a, b) => a.atMs - b.atMs),
      events: of('event'),
    }
  })
}

/** Replicas are up by the target's word at every reading, and by ours: in every whole second of the load an event is taken in. */
export function replicaAlwaysServing(items: readonly Item[]): readonly string[] {
  return killedLoads(items).flatMap(({ load, replicas, events }) => {
    const at = (atMs: number) => `${((atMs - load.fromMs) / 1_000).toFixed(1)} s into load ${load.load}`
    const down = replicas.find(({ up }) => up === 0)
    const seconds = Math.floor((load.toMs - load.fromMs) / 1_000)
    const served = new Set(
      events.flatMap(({ acceptedAtMs }) =>
        acceptedAtMs === null ? [] : [Math.floor((acceptedAtMs - load.fromMs) / 1_000)],
      ),
    )
    const idle = Array.from({ length: seconds }, (_, second) => second).filter((second) => !served.has(second))
    const [first] = idle
    return [
      ...(down === undefined ? [] : [`no replica was up ${at(down.atMs)}`]),
      ...(first === undefined ? [] : [`nothing was taken in for the second from ${at(load.fromMs + first * 1_000)}`]),
    ]
  })
}
