import { watchCycles } from '../../suites/healing/cycle-watch.ts'
import { watchSealed } from '../../suites/mesh/sealing.ts'
import { requirement } from '../requirement.ts'
import { underEachFault } from './faults-in-turn.ts'

/** Where half of all datagrams are lost, most is said several times. */
const lossyMs = 30_000

// What is said again because it was lost, under keys that change and among replays, travels as sealed as before; a loop that
// has much to do leaves out no cycle.
requirement('CHAOS-UNDER', ['mesh', 'healing', 'control'], (scenario) =>
  underEachFault(scenario, {
    'SLA-MAPEK': (under) => watchCycles(under),
    'MESH-SEAL': (under, { living }) =>
      watchSealed(under, { first: living, withLater: async () => living, withinMs: lossyMs }),
  }),
)
