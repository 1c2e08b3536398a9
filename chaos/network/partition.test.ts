import { sla } from '../../sla.config.ts'
import { partition } from '../faults/partition.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

const { groups } = sla.chaos.rows['CHAOS-NET-1'].fault

// Half against half, drawn anew each time; recovery counts from the end of the cut.
requirement('CHAOS-NET-1', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NET-1',
    kind: partition,
    draw: partition.draw(groups),
  }),
)
