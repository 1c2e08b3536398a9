import { sla } from '../../sla.config.ts'
import { loss } from '../faults/loss.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

const { fault } = sla.chaos.rows['CHAOS-NODE-9']

// Half of all datagrams are lost, then none: recovery counts from the end of the loss until every link's window of 64
// beacons has refilled, those included that had to be made anew. Nothing less than the time of 58 beacons can pass.
requirement('CHAOS-NODE-9', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NODE-9',
    kind: loss,
    draw: loss.draw(fault.loss),
  }),
)
