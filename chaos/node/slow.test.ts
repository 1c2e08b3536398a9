import { sla } from '../../sla.config.ts'
import { windowFillsMs } from '../extent.ts'
import { slow } from '../faults/slow.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

const { fault } = sla.chaos.rows['CHAOS-NODE-6']

// The process of one node goes for only a share of the time: slow is not dead, so nobody is evicted, neither by the others
// nor by the slow ones, to whom everyone else looks silent. The mesh tells by the latency of its links, which is smoothed over
// the last beacons: until the fault before has left it, it is no measure of a healthy link.
requirement('CHAOS-NODE-6', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NODE-6',
    kind: slow,
    draw: slow.draw(fault.slow, fault.cpuShare),
    calmMs: windowFillsMs,
  }),
)
