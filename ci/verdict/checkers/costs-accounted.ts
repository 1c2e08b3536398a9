import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Item = HistoryItem<'costs-accounted'>
type Mark = Extract<Item, { type: 'mark' }>
type Use = Extract<Item, { type: 'use' }>

/** What was read when a stretch began. */
export type Begin = Mark & {
  /** Of each replica, by instance. */
  readonly replicas: ReadonlyMap<string, Use>
}

/** The stretches of a history in the order of their marks, each with the readings of its beginning; null where one is missing. */
export function stretchesOf(items: readonly Item[]): Readonly<Record<Mark['mark'], Begin>> | null {
  const begin = (mark: Mark['mark']): Begin | null => {
    const found = items.find((item): item is Mark => item.type === 'mark' && item.mark === mark)
    if (found === undefined) return null
    const own = replicasOf(items).filter(({ atMs }) => atMs === found.atMs)
    return { ...found, replicas: new Map(own.map((use) => [use.instance, use])) }
  }
  const [rest, load, again, incidents, end] = [
    begin('rest'),
    begin('load'),
    begin('rest-again'),
    begin('incidents'),
    begin('end'),
  ]
  if (rest === null || load === null || again === null || incidents === null || end === null) return null
  return { rest, load, 'rest-again': again, incidents, end }
}

const replicasOf = (items: readonly Item[]): readonly Use[] =>
  items.filter((item): item is Use => item.type === 'use' && item.role === 'replica')

/** What a sum over all replicas grew by from one mark to another; null where it was not read of each of them. */
export function grownBy(from: Begin, to: Begin, pick: (use: Use) => number | null): number | null {
  if (from.replicas.size === 0 || from.replicas.size !== to.replicas.size) return null
  let sum = 0
  for (const [instance, later] of to.replicas) {
    const before = from.replicas.get(instance)
    const [first, last] = [before === undefined ? null : pick(before), pick(later)]
    if (first === null || last === null) return null
    sum += last - first
  }
  return sum
}

/**
 * The processes that were read are those that did the work: the same ones from first to last, through whose calls everything
 * went that senders and receivers saw, and whose journal came to the disk.
 */
export function costsAccounted(items: readonly Item[]): readonly string[] {
  const found: string[] = []
  for (const [instance, uses] of Map.groupBy(replicasOf(items), (use) => use.instance)) {
    const pids = [...new Set(uses.map(({ pid }) => pid))]
    if (pids.length > 1) found.push(`${instance} ran as ${pids.length} processes: ${pids.join(', ')}`)
  }
  for (const item of items) {
    if (item.type !== 'held' || item.residentBytes === null || item.heldBytes <= item.residentBytes) continue
    found.push(`${item.instance} tells that it holds ${item.heldBytes} bytes, and ${item.residentBytes} are resident`)
  }
  const stretches = stretchesOf(items)
  if (stretches === null) return found
  const { load, 'rest-again': after, incidents, end } = stretches
  const calls = grownBy(load, after, ({ callBytes }) => callBytes)
  const seen = after.outsideBytes - load.outsideBytes
  if (calls !== null && calls < seen)
    found.push(`${seen} bytes went between the service and the outside, ${calls} of them through its replicas`)
  const syncs = end.journal === null || incidents.journal === null ? null : end.journal.syncs - incidents.journal.syncs
  if (syncs !== null && syncs < 1)
    found.push(`${end.events - incidents.events} events were taken in, and the journal came to no disk`)
  return found
}
