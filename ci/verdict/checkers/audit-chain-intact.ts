import { createHash } from 'node:crypto'
import type { AuditEntry } from '../../../suites/contract/events.ts'
import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Item = HistoryItem<'audit-chain-intact'>
type Entry = Extract<Item, { type: 'entry' }>

const genesis = '0'.repeat(64)
const terminal: ReadonlySet<string> = new Set(['completed', 'failed', 'dead-lettered'])

/** The contract's rule for one link of the chain. */
export function hashOfEntry({ previousHash, sequence, kind, eventId, detail }: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256').update([previousHash, sequence, kind, eventId, detail].join('\n')).digest('hex')
}

function brokenLinks(entries: readonly Entry[]): readonly string[] {
  const violations: string[] = []
  let previous: { sequence: number; hash: string } = { sequence: -1, hash: genesis }
  for (const entry of entries) {
    const name = `entry ${entry.sequence}`
    if (entry.sequence !== previous.sequence + 1) violations.push(`${name}: sequence gap after ${previous.sequence}`)
    else if (entry.previousHash !== previous.hash) violations.push(`${name}: previous hash does not match`)
    if (hashOfEntry(entry) !== entry.hash) violations.push(`${name}: hash does not match`)
    previous = entry
  }
  return violations
}

/** What the chain tells of each event, in its order; a link that can't follow on those before is a violation. */
function stories(entries: readonly Entry[], violations: string[]): ReadonlyMap<string, readonly string[]> {
  const told = new Map<string, string[]>()
  const numbers = new Set<number>()
  for (const { sequence, kind, eventId } of entries) {
    // A link that is read twice tells nothing new.
    if (numbers.has(sequence)) continue
    numbers.add(sequence)
    const before = told.get(eventId) ?? []
    const name = `entry ${sequence}: event ${eventId} is ${kind}`
    if (kind === 'accepted' && before.includes(kind)) violations.push(`${name} again`)
    if (terminal.has(kind)) {
      if (!before.includes('accepted')) violations.push(`${name} before it was accepted`)
      else if (before.some((earlier) => terminal.has(earlier))) violations.push(`${name} after its end`)
    }
    told.set(eventId, [...before, kind])
  }
  return told
}

function missing(item: Item, told: ReadonlyMap<string, readonly string[]>): string | null {
  if (item.type === 'entry') return null
  const kinds = told.get(item.id) ?? []
  switch (item.type) {
    case 'accepted':
      return kinds.length > 0 ? null : `accepted event ${item.id} has no entry`
    case 'alerted':
      return kinds.some((kind) => kind !== 'accepted')
        ? null
        : `the alert of event ${item.id} arrived, but no entry tells of it`
    case 'final':
      return !terminal.has(item.state) || kinds.includes(item.state)
        ? null
        : `event ${item.id} is ${item.state}, but no entry says so`
  }
}

function chainOf(items: readonly Item[]) {
  const entries = items.filter((item) => item.type === 'entry')
  const violations = [...brokenLinks(entries)]
  const told = stories(entries, violations)
  return { violations, told }
}

/**
 * The chain, read from its start, is unbroken; every accepted event is in it, and every action: what
 * arrived at the suite's receiver, and how the target says that each event ended, once each and in
 * order. Entries are named by their sequence number.
 */
export function auditChainIntact(items: readonly Item[]): readonly string[] {
  const { violations, told } = chainOf(items)
  return [...violations, ...items.flatMap((item) => missing(item, told) ?? [])]
}

/** Of these, what no delay explains: what is written. What is missing may have been written later than it was read. */
export const auditChainBroken = (items: readonly Item[]): readonly string[] => chainOf(items).violations
