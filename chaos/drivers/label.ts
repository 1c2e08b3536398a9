/** The label without which nothing is broken: who may do without a target for a while gives it in the target file. */
import type { ControlPlane } from '../../suites/contract/control.ts'
import type { Target } from '../../suites/contract/target.ts'

type Labelled = Pick<Target, 'faults'> & { readonly description: Pick<Target['description'], 'name'> }
/** A target as a driver breaks it. */
export type Breakable = Labelled & { readonly control: ControlPlane }

/** Why no fault may be brought into this target, or null for one that carries the label. */
export function unlabelled({ description, faults }: Labelled): string | null {
  if (faults === 'allowed') return null
  return `${description.name} does not carry the label that lets faults in; if it may be broken, say faults: 'allowed' in its target file`
}

/** Throws for a target without the label. */
export function demandLabel(target: Labelled): void {
  const why = unlabelled(target)
  if (why !== null) throw new Error(`No fault is brought in, and nothing was touched: ${why}.`)
}
