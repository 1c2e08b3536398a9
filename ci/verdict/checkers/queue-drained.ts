import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Item = HistoryItem<'queue-drained'>
type Of<T extends Item['type']> = Extract<Item, { type: T }>

/** What one load left in the queue, and until when. */
export type Drain = {
  readonly load: Of<'load'>
  /** Readings in order of time. */
  readonly depths: readonly Of<'depth'>[]
  /** The latest alert that was timed, and when all had come: null where one never did. */
  readonly alertAtMs: number | null
  readonly alertsByMs: number | null
  /** Highest depth that was told before the load: what is steady. Null where nobody asked. */
  readonly steadyDepth: number | null
  /** First reading from which on the depth was steady again by the target's word; null when it never was, or nobody asked. */
  readonly toldAtMs: number | null
}

/** The loads of a history, each with its readings. */
export function drainsOf(items: readonly Item[]): readonly Drain[] {
  const of = <T extends Item['type']>(type: T, load: number) =>
    items.filter((item): item is Of<T> => item.type === type && item.load === load)
  const loads = items.filter((item): item is Of<'load'> => item.type === 'load')
  return loads.map((load) => {
    const depths = of('depth', load.load).toSorted((a, b) => a.atMs - b.atMs)
    const before = depths.filter(({ atMs }) => atMs < load.fromMs)
    const after = depths.filter(({ atMs }) => atMs >= load.toMs)
    const steadyDepth = before.length === 0 ? null : Math.max(...before.map(({ depth }) => depth))
    const above = after.findLastIndex(({ depth }) => depth > (steadyDepth ?? 0))
    const [alert] = of('last-alert', load.load)
    return {
      load,
      depths,
      alertAtMs: alert?.atMs ?? null,
      alertsByMs: alert?.byMs ?? null,
      steadyDepth,
      toldAtMs: steadyDepth === null ? null : (after[above + 1]?.atMs ?? null),
    }
  })
}

/** An alert is delivered before its event leaves the queue; the answer that tells of it may be dated so much earlier. */
const slackMs = 100

/** The target's word of its queue is held against the alerts that arrived: whoever calls a queue empty has nothing left to deliver. */
export function queueDrained(items: readonly Item[]): readonly string[] {
  return drainsOf(items).flatMap(({ load, alertAtMs, toldAtMs, steadyDepth }) => {
    if (toldAtMs === null || alertAtMs === null || steadyDepth !== 0) return []
    const lateMs = Math.round(alertAtMs - toldAtMs)
    return lateMs > slackMs
      ? [`the queue of load ${load.load} was told to be empty ${lateMs} ms before an alert of it arrived`]
      : []
  })
}
