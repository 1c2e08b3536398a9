import type { ObjectiveId, Tier } from '../../sla.config.ts'

export type Profile =
  | 'mesh-500'
  | 'mesh-1000'
  | 'identity'
  | 'learning'
  | 'events'
  | 'platform'
  | 'observability'
  | 'audit'

/** Checkers that the judge runs over recorded histories; a row that names one can't pass without its history. */
export type CheckerName =
  | 'accepted-events-accounted'
  | 'audit-chain-intact'
  | 'cycles-on-time'
  | 'views-converged'
  | 'round-lineage'

/** One row of the catalogue: a claim that can be judged, as data. The id never changes. */
export type RequirementRow = {
  readonly id: string
  readonly claim: string
  /** Programme and section that ask for it: `P5 mesh and load`, `P6 events`, `M`. */
  readonly source: string
  readonly level: 'MUST' | 'SHOULD'
  readonly subject: 'target' | 'suite' | 'document'
  readonly profiles: readonly Profile[]
  /** Planes a target must offer; an undeclared optional one makes the row NOT-APPLICABLE. */
  readonly capabilities: readonly ('control' | 'mesh' | 'crypto' | 'identity' | 'healing' | 'learning' | 'events')[]
  readonly optional: boolean
  readonly objective: ObjectiveId
  readonly checkers?: readonly CheckerName[]
  readonly where: readonly Tier[]
  /** Why nobody will ever test it here: AUDIT-EXTERNAL. */
  readonly excluded?: string
}
