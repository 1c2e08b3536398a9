import { sla } from '../../sla.config.ts'
import { crash } from '../faults/crash.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

// One random node stops without a word and stays away: recovery counts from the injection to the start of the first
// steady state of the remaining nodes that is held for 5 s. Then the node returns and everyone knows everyone again.
requirement('CHAOS-NODE-1', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NODE-1',
    kind: crash,
    draw: crash.draw(sla.chaos.rows['CHAOS-NODE-1'].fault.crashed),
  }),
)
