import type { ObjectiveId, Tier } from '../../sla.config.ts'

/** What a certificate can be given for. */
export const profiles = [
  'mesh-500',
  'mesh-1000',
  'identity',
  'learning',
  'events',
  'platform',
  'observability',
  'audit',
] as const
export type Profile = (typeof profiles)[number]

/** Checkers that the judge runs over recorded histories; a row that names one can't pass without its history. */
export type CheckerName =
  | 'accepted-events-accounted'
  | 'audit-chain-intact'
  | 'cycles-on-time'
  | 'views-converged'
  | 'round-lineage'
  | 'steps-evidenced'
  | 'limit-foretold'
  | 'deltas-converged'
  | 'queue-drained'
  | 'replica-always-serving'
  | 'resources-level'
  | 'costs-accounted'
  | 'storage-believed'
  | 'identity-held'
  | 'forged-refused'
  | 'one-coordinator'

/** Premises that a row may demand of its scenario. */
export type PremiseName =
  | 'steady state before'
  | 'receipts complete'
  | 'generator headroom'
  | 'schedule lag p99'
  | 'offered rate'
  | 'positive control'
  | 'fault effect'
  | 'samples enough'
  | 'limit found'

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
  readonly capabilities: readonly (
    | 'control'
    | 'mesh'
    | 'crypto'
    | 'identity'
    | 'healing'
    | 'learning'
    | 'events'
    | 'incidents'
    | 'notifications'
    | 'remediation'
    | 'model'
    | 'configuration'
  )[]
  readonly optional: boolean
  readonly objective: ObjectiveId
  /** Further limits of the same claim: all are judged, the verdict is the worst of them. */
  readonly further?: readonly ObjectiveId[]
  readonly checkers?: readonly CheckerName[]
  /** Premises that its scenario records on live tiers, beside those of every such row: without one its figures are not believed. */
  readonly premises?: readonly PremiseName[]
  /** How many measurements of its objective a whole record has, where that is known beforehand. */
  readonly values?: number
  /** Its figures are such as a busy machine spoils, although no limit of it is one of time. */
  readonly isTimed?: boolean
  /** It times nothing on live tiers and mostly waits: simulated rows, which give way, may go on beside it. */
  readonly bearsCompany?: true
  /** It is shown under load, which the gate shortens although no promise here is about time. */
  readonly isLoad?: boolean
  readonly where: readonly Tier[]
  /** Why nobody will ever test it here: AUDIT-EXTERNAL. */
  readonly excluded?: string
}

/** Where a row must be shown to hold, in the letters of the catalogue. */
export const S = 'simulation'
export const P = 'processes'
export const C = 'containers'
export const K = 'cluster'

/** The same letters, for lists of rows. */
export const tierLetters = { simulation: 'S', processes: 'P', containers: 'C', cluster: 'K' } as const satisfies Record<
  Tier,
  string
>

type Shared = Pick<RequirementRow, 'source' | 'profiles' | 'capabilities'> & Partial<Pick<RequirementRow, 'subject'>>
type Own = Partial<Omit<RequirementRow, 'id' | 'claim' | 'objective' | 'where'>>

/**
 * Rows of one section: what they share is said once, each row says the rest. A plane is an optional
 * capability: a target that does not declare it is not judged by its rows, nor certified for them.
 */
export const rowsOf =
  (shared: Shared) =>
  <const Id extends string>(
    id: Id,
    claim: string,
    objective: ObjectiveId,
    where: readonly Tier[],
    own: Own = {},
  ): RequirementRow & { readonly id: Id } => {
    const row = { level: 'MUST', subject: 'target', ...shared, ...own, id, claim, objective, where } as const
    return { ...row, optional: row.capabilities.length > 0 }
  }
