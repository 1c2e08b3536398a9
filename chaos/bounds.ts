/** What must hold at every look at a mesh while a fault of a row is in force. */
import { sla, type ChaosRow, type ChaosRowId } from '../sla.config.ts'

/** What one look shows, or the worst of many. */
export type Seen = {
  /** Smallest share that a living node knows of the living that it is not parted from. */
  readonly viewShareMin: number
  /** Mean quality of the links of those who live, as a share of a full window. */
  readonly qualityMin: number
  /** Living nodes that are down although nothing was done to them. */
  readonly bystandersDown: readonly string[]
}

export type Bound = {
  readonly claim: string
  readonly holds: (seen: Seen) => boolean
  /** What was there, beside the claim. */
  readonly found: (seen: Seen) => string
}

/** Bounds of a row that a look can break, by `sla.config.ts`. */
export function boundsOf(id: ChaosRowId): readonly Bound[] {
  const { during }: ChaosRow = sla.chaos.rows[id]
  const { viewShareMin, falseEvictions, qualityMin }: Partial<ChaosRow['during']> = during
  const known = ({ viewShareMin: share }: Seen): string => `${share}`
  return [
    ...(viewShareMin === undefined
      ? []
      : [
          {
            claim: `a living node knows at least ${viewShareMin} of the nodes that it can reach during ${id}`,
            holds: (seen: Seen) => seen.viewShareMin >= viewShareMin,
            found: known,
          },
        ]),
    ...(falseEvictions === undefined
      ? []
      : [
          {
            claim: `no living node is evicted from a view during ${id}`,
            holds: (seen: Seen) => seen.viewShareMin >= 1,
            found: known,
          },
        ]),
    ...(qualityMin === undefined
      ? []
      : [
          {
            claim: `mean quality of a link stays above ${qualityMin}`,
            holds: (seen: Seen) => seen.qualityMin > qualityMin,
            found: (seen: Seen) => `${seen.qualityMin}`,
          },
        ]),
    {
      claim: 'no bystander goes down',
      holds: ({ bystandersDown }) => bystandersDown.length === 0,
      found: ({ bystandersDown }) => bystandersDown.join(', '),
    },
  ]
}
