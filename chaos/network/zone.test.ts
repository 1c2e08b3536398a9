import { sla } from '../../sla.config.ts'
import { zoneCut } from '../faults/zone-cut.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

const { fault } = sla.chaos.rows['CHAOS-NET-4']

// A quarter of the mesh is cut off from the rest as one: both sides go on alone and find each other again.
requirement('CHAOS-NET-4', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NET-4',
    kind: zoneCut,
    draw: zoneCut.draw(fault),
  }),
)
