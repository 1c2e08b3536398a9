import { sla } from '../../sla.config.ts'
import { crash } from '../faults/crash.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'
import { watchHealing } from './healing-watch.ts'

// A node crashes, and every step by which the healing loops repair the mesh is held against the mesh itself.
requirement('CHAOS-NODE-8', ['mesh', 'healing', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NODE-8',
    kind: crash,
    draw: crash.draw(sla.chaos.rows['CHAOS-NODE-8'].fault.crashed),
    besides: (_, world, name) => watchHealing({ observe: scenario.observe, mesh: name }, world),
  }),
)
