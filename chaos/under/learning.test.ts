import { driveRounds } from '../../suites/learning/whole-rounds.ts'
import { watchSealedUpdates } from '../../suites/mesh/sealed-updates.ts'
import { requirement } from '../requirement.ts'
import { underEachFault } from './faults-in-turn.ts'

requirement('CHAOS-UNDER-c', ['mesh', 'learning', 'control'], (scenario) =>
  underEachFault(scenario, {
    'FL-ROUND': (under) => driveRounds(under),
    'MESH-SEAL-b': (under) => watchSealedUpdates(under),
  }),
)
