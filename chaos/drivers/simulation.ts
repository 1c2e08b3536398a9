/** Faults in virtual time: through the control plane of a simulated world, whose kernel ends the lease. */
import type { Driver } from '../lease.ts'
import { controlPlaneDriver } from './control-plane.ts'
import type { Breakable } from './label.ts'

export const simulationDriver = (target: Breakable): Driver => controlPlaneDriver('simulation', target)
