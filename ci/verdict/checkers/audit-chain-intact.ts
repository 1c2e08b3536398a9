import { createHash } from 'node:crypto'
import type { AuditEntry } from '../../../suites/contract/events.ts'
import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Item = HistoryItem<'audit-chain-intact'>

const genesis = '0'.repeat(64)

/** The contract's rule for one link of the chain. */
export function hashOfEntry({ previousHash, sequence, kind, eventId, detail }: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256').update([previousHash, sequence, kind, eventId, detail].join('\n')).digest('hex')
}

/** The chain, read from its start, is unbroken, and every accepted event is in it. Entries are named by their sequence number. */
export function auditChainIntact(items: readonly Item[]): readonly string[] {
  const violations: string[] = []
  const mentioned = new Set<string>()
  let previous: { sequence: number; hash: string } = { sequence: -1, hash: genesis }
  for (const item of items) {
    if (item.type !== 'entry') continue
    const name = `entry ${item.sequence}`
    if (item.sequence !== previous.sequence + 1) violations.push(`${name}: sequence gap after ${previous.sequence}`)
    else if (item.previousHash !== previous.hash) violations.push(`${name}: previous hash does not match`)
    if (hashOfEntry(item) !== item.hash) violations.push(`${name}: hash does not match`)
    mentioned.add(item.eventId)
    previous = item
  }
  for (const item of items) {
    if (item.type === 'accepted' && !mentioned.has(item.id)) violations.push(`accepted event ${item.id} has no entry`)
  }
  return violations
}
