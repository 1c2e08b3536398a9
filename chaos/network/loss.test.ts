import { sla } from '../../sla.config.ts'
import { windowFillsMs } from '../extent.ts'
import { loss } from '../faults/loss.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

const { fault } = sla.chaos.rows['CHAOS-NET-7']

// Half of all datagrams are lost everywhere: the mesh notices by the quality of its links, and nobody who lives is evicted.
requirement('CHAOS-NET-7', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NET-7',
    kind: loss,
    draw: loss.draw(fault.loss),
    calmMs: windowFillsMs,
  }),
)
