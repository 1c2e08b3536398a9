/** Faults in virtual time: through the control plane of a simulated world, whose kernel ends the lease. */
import type { ControlPlane } from '../../suites/contract/control.ts'
import type { Driver } from '../lease.ts'
import { controlPlaneDriver } from './control-plane.ts'

export const simulationDriver = (control: ControlPlane): Driver => controlPlaneDriver('simulation', control)
