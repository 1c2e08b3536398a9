/**
 * A runner that does one fault, proves its effect and then holds it by renewing the lease, for good: only its end lets go.
 */
import type { PartBody } from '../../suites/requirement.ts'
import type { Target } from '../../suites/contract/target.ts'
import { kindNamed } from '../default-mix.ts'
import { processDriver } from '../drivers/process.ts'
import { HeldFault } from '../fault-plan.ts'
import { runJournal, underLease, type Driver, type Journal } from '../lease.ts'

type Holding = {
  readonly target: Pick<Target, 'mesh' | 'control' | 'clock'>
  readonly driver: Driver
  readonly journal: Journal
  readonly held: HeldFault
  /** The effect was seen: `proven `, or `unseen `, and what was seen. */
  readonly tell: (line: string) => void
  /** Whether to renew once more. */
  readonly goesOn: () => boolean
}

/** Holds a fault until it is told to stop, or dies; it is not undone here, but by its lease. */
export async function hold({ target, driver, journal, held, tell, goesOn }: Holding): Promise<void> {
  const { mesh, clock } = target
  if (mesh === undefined) throw new Error('A fault is held on a mesh: the target declares none.')
  const { fault, scope, leaseMs } = held
  const kind = kindNamed(fault)
  const prove = await kind.probe({ mesh, clock, scope, hits: kind.hits(scope) })
  await underLease({
    driver: { ...driver, undo: async () => ({ atMs: clock.nowMs(), residue: [] }) },
    clock,
    journal,
    order: { fault, primitive: kind.primitive, scope, leaseMs },
    prove: async ({ applied, renew }) => {
      const proof = await prove({ appliedAtMs: applied.atMs, renew })
      tell(`${proof.proven ? 'proven' : 'unseen'} ${proof.seen}`)
      return proof
    },
    run: async ({ renew }) => {
      while (goesOn()) {
        await renew()
        await clock.sleep(leaseMs / 6)
      }
    },
    proveUndone: async () => [],
  })
}

/** What a runner apart does. */
export const part: PartBody = async ({ target, input, tell }) => {
  const { control, clock } = target
  if (control === undefined) throw new Error('A fault needs the plane control: the target does not declare it.')
  const journal = runJournal()
  const driver = processDriver({ control, clock })
  await hold({ target, driver, journal, held: HeldFault.parse(input), tell, goesOn: () => true })
}
