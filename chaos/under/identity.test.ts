import { sla } from '../../sla.config.ts'
import { watchRotations } from '../../suites/identity/rotation-watch.ts'
import { rollOverAll } from '../../suites/identity/whole-roll-over.ts'
import { watchSealedIdentity } from '../../suites/mesh/sealed-identity.ts'
import { requirement } from '../requirement.ts'
import { underEachFault } from './faults-in-turn.ts'

/** SVIDs as short-lived as in CHAOS-CRYPTO-7, for two lives under each fault. */
const course = { ...sla.chaos.rows['CHAOS-CRYPTO-7'].fault, lives: 2 }

requirement('CHAOS-UNDER-b', ['mesh', 'identity', 'control'], (scenario) =>
  underEachFault(scenario, {
    'ID-ROTATE': (under) => watchRotations(under, course),
    'ID-BUNDLE': (under) => rollOverAll(under),
    'MESH-SEAL-c': (under) => watchSealedIdentity(under),
  }),
)
