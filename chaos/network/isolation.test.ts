import { sla } from '../../sla.config.ts'
import { isolation } from '../faults/isolation.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

const { isolated } = sla.chaos.rows['CHAOS-NET-3'].fault

// One node alone: the others lose it and only it, and it comes back with all it knew.
requirement('CHAOS-NET-3', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NET-3',
    kind: isolation,
    draw: isolation.draw(isolated),
  }),
)
