/**
 * A runner that does one fault, proves its effect and then holds it by renewing the lease, for good: nothing but its own end
 * lets go, and then only what was armed outside of it undoes the fault.
 */
import { faultOf } from '../../suites/contract/control.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Target } from '../../suites/contract/target.ts'
import type { PartBody } from '../../suites/requirement.ts'
import { kindNamed } from '../default-mix.ts'
import { processDriver } from '../drivers/process.ts'
import type { EffectProof } from '../effect.ts'
import { authorityOutage } from '../faults/authority-outage.ts'
import { coordinatorCrash } from '../faults/coordinator-crash.ts'
import { lyingStorage } from '../faults/lying-storage.ts'
import { HeldFault, type Told } from '../held-fault.ts'
import { runJournal, underLease, type Applied, type Driver, type FaultOrder, type Journal } from '../lease.ts'

type Holding = {
  readonly target: Pick<Target, 'mesh' | 'control' | 'identity' | 'learning' | 'clock'>
  readonly driver: Driver
  readonly journal: Journal
  readonly held: HeldFault
  readonly tell: (told: Told) => void
  /** Whether to renew once more. */
  readonly goesOn: () => boolean
}

/** So often a lease is renewed while it lasts once: whatever looks for the effect may take longer than the lease. */
export const renewals = 6
const provenPollMs = 10
const provenWithinMs = 2_000

type Prove = (injected: { readonly appliedAtMs: number; readonly renew: () => Promise<void> }) => Promise<EffectProof>

/** The process is no longer there for whoever asks the target. */
function killedProof({ target }: Holding, pid: number): Prove {
  const { control, clock } = target
  return async ({ appliedAtMs }) => {
    if (control === undefined) throw new Error('A process is killed by what the plane control tells of it.')
    for (;;) {
      const components = expectOk('components', await control.components({}))
      const proven = !components.some((one) => one.pid === pid && one.state === 'up')
      const nowMs = clock.nowMs()
      if (proven) return { proven, provenAtMs: nowMs, seen: `process ${pid} is gone` }
      if (nowMs - appliedAtMs > provenWithinMs)
        return { proven, provenAtMs: null, seen: `process ${pid} is told to be up` }
      await clock.sleep(provenPollMs)
    }
  }
}

/** A plane that did answer does no more. */
function outageProof({ target: { clock } }: Holding, strikes: () => Promise<boolean>): Prove {
  return async ({ appliedAtMs }) => {
    for (;;) {
      const proven = await strikes()
      const nowMs = clock.nowMs()
      if (proven) return { proven, provenAtMs: nowMs, seen: 'the plane does not answer' }
      if (nowMs - appliedAtMs > provenWithinMs) return { proven, provenAtMs: null, seen: 'the plane answers' }
      await clock.sleep(provenPollMs)
    }
  }
}

/** The fault of a plane beside the mesh, and whether it strikes; null for one of the mesh. */
function besideMesh({ target: { identity, learning }, held: { fault, endpoint, jobId } }: Holding) {
  if (endpoint !== null && identity !== undefined)
    return { primitive: authorityOutage.primitive, strikes: () => authorityOutage.strikes(identity, endpoint) }
  if (jobId !== null && learning !== undefined && fault === lyingStorage.name)
    return { primitive: lyingStorage.primitive, strikes: () => lyingStorage.refuses(learning) }
  if (jobId !== null && learning !== undefined)
    return { primitive: coordinatorCrash.primitive, strikes: () => coordinatorCrash.strikes(learning, jobId) }
  if (endpoint === null && jobId === null) return null
  throw new Error('A fault of another plane than the mesh needs that plane: the target does not declare it.')
}

async function planned(holding: Holding): Promise<{ readonly order: FaultOrder; readonly prove: Prove }> {
  const { target, held } = holding
  const { fault, scope, pid, leaseMs } = held
  if (pid !== null)
    return {
      order: { fault, strike: { fault: 'kill', scope: { pid } }, leaseMs },
      prove: killedProof(holding, pid),
    }
  const beside = besideMesh(holding)
  if (beside !== null) {
    const { primitive, strikes } = beside
    return { order: { fault, strike: faultOf(primitive, scope), leaseMs }, prove: outageProof(holding, strikes) }
  }
  const { mesh, clock } = target
  if (mesh === undefined) throw new Error('A fault is held on a mesh: the target declares none.')
  const kind = kindNamed(fault)
  const prove = await kind.probe({ mesh, clock, scope, hits: kind.hits(scope) })
  return { order: { fault, strike: faultOf(kind.primitive, scope), leaseMs }, prove }
}

/** Ends where the effect is not seen. Otherwise it renews until it is told to stop, and then does nothing more, like the dead. */
export async function hold(holding: Holding): Promise<void> {
  const { target, driver, journal, held, tell, goesOn } = holding
  const { clock } = target
  const { order, prove } = await planned(holding)
  let isProven = true
  // Told only once the journal has the effect.
  let tellOnceNoted = (): void => undefined
  const renewing = async (applied: Applied): Promise<void> => {
    while (isProven && goesOn()) {
      await driver.renew(applied)
      await clock.sleep(held.leaseMs / renewals)
    }
  }
  const { proof, record } = await underLease<never>({
    driver,
    clock,
    journal,
    order,
    prove: async ({ applied }) => {
      // Beside the probe, whose samples may be longer than the lease.
      renewing(applied).catch(() => undefined)
      const seen = await prove({ appliedAtMs: applied.atMs, renew: async () => undefined })
      isProven = seen.proven
      if (seen.proven) tellOnceNoted = () => tell({ ...seen, injectedAtMs: applied.atMs })
      return seen
    },
    run: () => {
      tellOnceNoted()
      return new Promise<never>(() => undefined)
    },
    proveUndone: async () => [],
  })
  tell({ ...proof, injectedAtMs: record.injectedAtMs })
}

/** What a runner apart does. */
export const part: PartBody = async ({ target, input, tell }) => {
  const { control } = target
  if (control === undefined) throw new Error('A fault needs the plane control: the target does not declare it.')
  await hold({
    target,
    driver: processDriver({ ...target, control }),
    journal: runJournal(),
    held: HeldFault.parse(input),
    tell: (told) => tell(JSON.stringify(told)),
    goesOn: () => true,
  })
}
