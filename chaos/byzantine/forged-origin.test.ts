import { sla } from '../../sla.config.ts'
import { compromise } from '../faults/compromise.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'
import { isGenuine, watchUse } from '../beacon-use.ts'

const { compromised } = sla.chaos.rows['CHAOS-BYZ-2'].fault

// A member that has the keys of its own links sends its neighbours beacons in the names of others, before each of its own
// and with its number: whoever believed one would refuse the genuine beacon after it. Nobody whose name it uses, and
// nobody who hears it, may be worse off.
requirement('CHAOS-BYZ-2', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-BYZ-2',
    kind: compromise,
    draw: compromise.draw(compromised, ['forged-origin']),
    besides: async ({ observe }, { mesh, clock }) => watchUse({ mesh, clock, observe, see: isGenuine }),
  }),
)
