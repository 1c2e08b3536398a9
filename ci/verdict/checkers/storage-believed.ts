import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Item = HistoryItem<'storage-believed'>
type Outcome = Extract<Item, { type: 'written' }>['outcome']

/** What may be said of an id after these answers: that it is there, that it is not, or either. */
function readViolation(id: string, found: boolean, outcomes: readonly Outcome[]): string | null {
  if (outcomes.length === 0) return found ? `${id} is there, which nobody wrote` : null
  if (outcomes.includes('acknowledged')) return found ? null : `${id} was acknowledged and is lost`
  return found && !outcomes.includes('indefinite') ? `${id} was refused and is there` : null
}

function violation(item: Item, outcomes: ReadonlyMap<string, readonly Outcome[]>): string | null {
  switch (item.type) {
    case 'written':
      return null
    case 'read':
      return readViolation(item.id, item.found, outcomes.get(item.id) ?? [])
    case 'lie':
      return item.told.length > 0 ? null : `storage lied (${item.lie}) and nobody was told`
    case 'used':
      return item.counted >= item.acknowledged
        ? null
        : `an answer under a lie (${item.lie}) counts ${item.counted} of ${item.acknowledged} that were acknowledged`
  }
}

const gravity: readonly Item['type'][] = ['read', 'used', 'lie', 'written']

/**
 * What was acknowledged is there, and what was refused is not; every lie that struck was told; no answer goes by what a lie
 * has left out. Every id that was acknowledged must have been read.
 */
export function storageBelieved(items: readonly Item[]): readonly string[] {
  const outcomes = new Map<string, Outcome[]>()
  for (const item of items)
    if (item.type === 'written') outcomes.set(item.id, [...(outcomes.get(item.id) ?? []), item.outcome])
  const read = new Set(items.flatMap((item) => (item.type === 'read' ? [item.id] : [])))
  const unread = [...outcomes].flatMap(([id, all]) =>
    all.includes('acknowledged') && !read.has(id) ? [`${id} was acknowledged and never read again`] : [],
  )
  // What is lost comes first: who quotes the first violation quotes the worst.
  const ordered = items.toSorted((one, other) => gravity.indexOf(one.type) - gravity.indexOf(other.type))
  return [...ordered.flatMap((item) => violation(item, outcomes) ?? []), ...unread]
}
