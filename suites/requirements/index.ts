import { auditRows } from './audit.ts'
import { byzantineRows } from './byzantine.ts'
import { chaosRows } from './chaos.ts'
import { documentRows } from './documents.ts'
import { eventRows } from './events.ts'
import { identityRows } from './identity.ts'
import { learningRows } from './learning.ts'
import { machineryRows } from './machinery.ts'
import { meshRows } from './mesh.ts'
import { observabilityRows } from './observability.ts'
import { platformRows } from './platform.ts'
import { C, P, S, rowsOf } from './requirement-row.ts'
import type { RequirementRow } from './requirement-row.ts'
import { underRows } from './under.ts'

export const catalogueVersion = '2026-11'

const contract = rowsOf({ source: 'M', profiles: [], capabilities: [] })

const rows = [
  contract('CONTRACT', 'the target speaks the contract it declares, verb by verb', 'holds', [S, P, C]),
  ...meshRows,
  ...identityRows,
  ...learningRows,
  ...chaosRows,
  ...byzantineRows,
  ...underRows,
  ...auditRows,
  ...observabilityRows,
  ...eventRows,
  ...platformRows,
  ...documentRows,
  ...machineryRows,
] as const

export type RequirementId = (typeof rows)[number]['id']

/** Every requirement, in the order of the document that they come from. */
export const catalogue: readonly (RequirementRow & { readonly id: RequirementId })[] = rows
