/** Faults that the target itself can do, and undoes itself when their lease is not renewed. */
import type { ControlPlane } from '../../suites/contract/control.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Driver } from '../lease.ts'

const offered = ['crash', 'pause', 'partition'] as const
type Offered = (typeof offered)[number]
const isOffered = (fault: string): fault is Offered => (offered as readonly string[]).includes(fault)

export function controlPlaneDriver(name: string, control: ControlPlane): Driver {
  return {
    name,
    supports: (fault) => isOffered(fault) || `the control plane offers ${offered.join(', ')}, not ${fault}`,
    arm: async ({ leaseMs }) => {
      const active = expectOk('activeFaults', await control.activeFaults({}))
      const [first] = active
      if (first !== undefined) {
        throw new Error(`Fault ${first.faultId} (${first.fault}) is still active: wait for its lease, or undo it.`)
      }
      return `the target undoes it ${leaseMs} ms after the last renewal`
    },
    inject: async ({ fault, scope, leaseMs }) => {
      if (!isOffered(fault)) throw new Error(`The control plane offers ${offered.join(', ')}, not ${fault}.`)
      const { nodes, groups } = scope
      const wanted = { ...(nodes === undefined ? {} : { nodes }), ...(groups === undefined ? {} : { groups }) }
      const applied = expectOk('injectFault', await control.injectFault({ fault, scope: wanted, leaseMs }))
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
