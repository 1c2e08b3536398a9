import { leaveTrail, readTrail } from '../../suites/events/audit-trail.ts'
import { walkIncidents } from '../../suites/events/incident-walks.ts'
import { repeatEvents } from '../../suites/events/repetitions.ts'
import { loseReplicas } from '../event-replica-loss.ts'
import { requirement } from '../requirement.ts'
import { underEachFault } from './faults-in-turn.ts'

// While the mesh is struck, a replica of the service is killed as well. The trail that the events of all faults leave is read
// once, under the last one.
requirement('CHAOS-UNDER-e', ['mesh', 'events', 'control'], (scenario) =>
  underEachFault(scenario, {
    'EVT-NOLOSS': (under) => loseReplicas(under),
    'EVT-DEDUP': (under) => repeatEvents(under),
    'EVT-AUDIT': async (under, { isLast }) => {
      await leaveTrail(under)
      if (isLast) await readTrail(under)
    },
  }),
)

requirement('CHAOS-UNDER-f', ['mesh', 'events', 'incidents', 'control'], (scenario) =>
  underEachFault(scenario, { 'EVT-INCIDENT': (under) => walkIncidents(under) }),
)
