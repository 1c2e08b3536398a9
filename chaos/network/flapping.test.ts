import { sla } from '../../sla.config.ts'
import { flapping } from '../faults/flapping.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

const { flapPeriodS, partitions } = sla.chaos.rows['CHAOS-NET-10'].fault
const lastEndsMs = 1_000 * flapPeriodS * (partitions - 0.5)

// Partitions follow each other, each across other halves and gone before the mesh has settled in it; the last one is healed
// by the undo, at an instant that varies, and recovery counts from there.
requirement('CHAOS-NET-10', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NET-10',
    kind: flapping,
    draw: flapping.draw({ partitions, flapPeriodS }),
    forMs: (random) => lastEndsMs - random.integer(0, 500),
  }),
)
