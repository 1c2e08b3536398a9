import { sla } from '../../sla.config.ts'
import { latency } from '../faults/latency.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

const everywhere = sla.chaos.rows['CHAOS-NET-5'].fault
const { linkShare, ...slow } = sla.chaos.rows['CHAOS-NET-6'].fault

// Every datagram is late, by a time that varies: the mesh tells by its links' latency, and nobody who lives is evicted.
requirement('CHAOS-NET-5', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NET-5',
    kind: latency,
    draw: latency.everywhere(everywhere),
  }),
)

// A third of all pairs are slow, each in one direction only: two ends of a link see two different networks.
requirement('CHAOS-NET-6', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NET-6',
    kind: latency,
    draw: latency.oneWay(slow, linkShare),
  }),
)
