/**
 * Authority outage: whoever signs the mesh's identities is away, as if its machine were gone. Nothing is issued and no
 * workload is answered; what was issued is as good as before, and streams that are held stay open.
 * Undo: the target brings it back when the lease ends, with or without us.
 */
import type { IdentityPlane } from '../../suites/contract/identity.ts'
import type { FaultPrimitive } from '../../suites/contract/control.ts'

export const authorityOutage = {
  name: 'authority outage',
  primitive: 'authority-outage' satisfies FaultPrimitive,
  /** It strikes no node: schedules of the mesh do without it. */
  plane: 'identity',
  blastRadius: 'every workload that needs a new SVID; no node of the mesh',
  effect: 'a workload that has an identity asks for it and is not answered with one',
  /** Whether a workload that is registered at this endpoint gets an identity. */
  strikes: async (identity: IdentityPlane, endpoint: string): Promise<boolean> => {
    const answer = await identity.fetchX509Svid({ endpoint })
    return !answer.ok || answer.value.length === 0
  },
} as const
