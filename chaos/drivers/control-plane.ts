/** Faults that the target itself can do, and undoes itself when their lease is not renewed. */
import { faultPrimitives, type FaultPrimitive } from '../../suites/contract/control.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Driver } from '../lease.ts'
import { demandLabel, type Breakable } from './label.ts'

const offered = faultPrimitives.join(', ')
const isOffered = (primitive: string): primitive is FaultPrimitive =>
  (faultPrimitives as readonly string[]).includes(primitive)

/** True, or why the control plane can't express faults of this primitive. */
export const controlPlaneSupports = (primitive: string): true | string =>
  isOffered(primitive) || `the control plane offers ${offered}, not ${primitive}`

export function controlPlaneDriver(name: string, target: Breakable): Driver {
  const { control } = target
  return {
    name,
    supports: controlPlaneSupports,
    arm: async ({ leaseMs, along = [] }) => {
      demandLabel(target)
      const active = expectOk('activeFaults', await control.activeFaults({}))
      const first = active.find(({ faultId }) => !along.includes(faultId))
      if (first !== undefined) {
        throw new Error(`Fault ${first.faultId} (${first.fault}) is still active: wait for its lease, or undo it.`)
      }
      return `the target undoes it ${leaseMs} ms after the last renewal`
    },
    inject: async ({ strike, leaseMs }) => {
      if (strike.fault === 'kill') throw new Error(`The control plane offers ${offered}, not ${strike.fault}.`)
      const applied = expectOk('injectFault', await control.injectFault({ ...strike, leaseMs }))
      return { id: applied.faultId, atMs: applied.appliedAtMs }
    },
    renew: async ({ id }) => {
      expectOk('renewFault', await control.renewFault({ faultId: id }))
    },
    undo: async ({ id }) => {
      const undone = await control.undoFault({ faultId: id })
      const active = expectOk('activeFaults', await control.activeFaults({}))
      const left = active.some(({ faultId }) => faultId === id) ? [`fault ${id} is still listed as active`] : []
      const { undoneAtMs, residue } = expectOk('undoFault', undone)
      return { atMs: undoneAtMs, residue: [...residue, ...left] }
    },
  }
}
