import { eventRows } from './events.ts'
import { identityRows } from './identity.ts'
import { learningRows } from './learning.ts'
import { meshRows } from './mesh.ts'
import { P, S, rowsOf, type RequirementRow } from './requirement-row.ts'

const guardable: readonly RequirementRow[] = [...meshRows, ...identityRows, ...learningRows, ...eventRows]

function rowOf(id: string): RequirementRow {
  const row = guardable.find((candidate) => candidate.id === id)
  if (row === undefined) throw new Error(`${id} is to hold under faults, and is no row: correct the list.`)
  return row
}

const unique = <T>(items: readonly T[]): readonly T[] => [...new Set(items)]

/** One part of CHAOS-UNDER: rows of one plane, judged as they are without a fault, on their own tiers. */
function part<const Id extends string>(id: Id, guarded: readonly [string, ...string[]]) {
  const rows = guarded.map(rowOf)
  const [objective = 'holds', ...further] = unique(rows.map((row) => row.objective))
  const row = rowsOf({
    source: 'P5 chaos',
    profiles: unique(['mesh-500', 'mesh-1000', ...rows.flatMap(({ profiles }) => profiles)] as const),
    capabilities: unique(['mesh', ...rows.flatMap(({ capabilities }) => capabilities), 'control'] as const),
  })
  const tiers = ([S, P] as const).filter((tier) => rows.every(({ where }) => where.some((own) => own === tier)))
  const claim = `${guarded.join(', ')}: also while NET-5, NET-7, NODE-1, BYZ-3 and CRYPTO-3 run in turn`
  const checkers = unique(rows.flatMap((one) => one.checkers ?? []))
  return row(id, claim, objective, tiers, { checkers, bearsCompany: true, ...(further.length > 0 && { further }) })
}

/** Section 3, CHAOS-UNDER, in parts: what has the same planes and the same tiers. */
export const underRows = [
  part('CHAOS-UNDER', ['MESH-SEAL', 'SLA-MAPEK']),
  part('CHAOS-UNDER-b', ['ID-ROTATE', 'ID-BUNDLE', 'MESH-SEAL-c']),
  part('CHAOS-UNDER-c', ['FL-ROUND', 'MESH-SEAL-b']),
  part('CHAOS-UNDER-d', ['FL-BATCH', 'FL-STALE', 'FL-ONCE', 'FL-LEDGER', 'FL-MESH']),
  part('CHAOS-UNDER-e', ['EVT-NOLOSS', 'EVT-DEDUP', 'EVT-AUDIT']),
  part('CHAOS-UNDER-f', ['EVT-INCIDENT']),
] as const
