import type { RequirementRow } from './requirement-row.ts'

export const catalogueVersion = '2026-11'

const rows = [
  {
    id: 'CONTRACT',
    claim: 'the target speaks the contract it declares, verb by verb',
    source: 'M',
    level: 'MUST',
    subject: 'target',
    profiles: [],
    capabilities: [],
    optional: false,
    objective: 'holds',
    where: ['simulation', 'processes'],
  },
] as const satisfies readonly RequirementRow[]

export const catalogue: readonly RequirementRow[] = rows
export type RequirementId = (typeof rows)[number]['id']
