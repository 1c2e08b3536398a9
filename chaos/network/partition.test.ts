import { sla } from '../../sla.config.ts'
import { requirement } from '../../suites/requirement.ts'
import { partition } from '../faults/partition.ts'
import { repeatFault } from '../repeats.ts'

const { groups, durationS } = sla.chaos.rows['CHAOS-NET-1'].fault
/** Long enough for either half to give the other up; a compressed run stops here, a full one lasts as long as the row says. */
const shortestS = 2.5

// Half against half, drawn anew each time. The length varies from repeat to repeat: a recovery that follows it would be
// the fault's length in disguise. Recovery counts from the end of the cut.
requirement('CHAOS-NET-1', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NET-1',
    kind: partition,
    draw: partition.draw(groups),
    forMs: (random) => 1_000 * (scenario.scope === 'full' ? durationS : shortestS) + random.integer(0, 1_000),
  }),
)
