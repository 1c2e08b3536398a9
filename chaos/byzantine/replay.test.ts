import { sla } from '../../sla.config.ts'
import { compromise } from '../faults/compromise.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'
import { isGenuine, watchUse } from '../beacon-use.ts'

const { compromised } = sla.chaos.rows['CHAOS-BYZ-3'].fault

// Genuine beacons come again, at once and later, and one in four is overtaken by the next: each must be used exactly once.
requirement('CHAOS-BYZ-3', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-BYZ-3',
    kind: compromise,
    draw: compromise.draw(compromised, ['replayed', 'reordered']),
    besides: async ({ observe }, { mesh, clock }) =>
      watchUse({
        mesh,
        clock,
        observe,
        see: (use) => {
          const { genuine, missing, overtaken } = use
          const unused = missing / Math.max(1, genuine + missing)
          observe.premise({
            claim: 'fault effect',
            measured: overtaken + missing > 0 ? 0 : 1,
            limit: 0,
            unit: 'faults without effect',
            noise: false,
            detail: `${overtaken} beacons overtaken, ${missing} missing`,
          })
          observe.check(
            'genuine beacons are used, those that were overtaken, too',
            unused <= sla.mesh.lossLimit,
            `${missing} of ${genuine + missing} were not, ${overtaken} were used after a later one`,
          )
          return isGenuine(use) && unused <= sla.mesh.lossLimit
        },
      }),
  }),
)
