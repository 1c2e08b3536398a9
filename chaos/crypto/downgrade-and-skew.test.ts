import { sla } from '../../sla.config.ts'
import { keyMisdeeds } from '../../suites/contract/control.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { isGenuine, watchUse } from '../beacon-use.ts'
import { clockSkew } from '../faults/clock-skew.ts'
import { compromise } from '../faults/compromise.ts'
import { repeatFault, type ChaosRow } from '../repeats.ts'
import { requirement } from '../requirement.ts'

type Needs = 'mesh' | 'control'

const row = { id: 'CHAOS-CRYPTO-6' } as const
const { compromised, skewed, skewS } = sla.chaos.rows[row.id].fault

/** What a member does wrong with the keys of its links, and clocks that are wrong, ahead and behind. */
const faults: readonly ChaosRow<Needs>[] = [
  ...keyMisdeeds.map((misdeed) => ({
    ...row,
    kind: compromise,
    draw: compromise.draw(compromised, [misdeed]),
    besides: async ({ observe }: Scenario<Needs>, { mesh, clock }: Scenario<Needs>['target']) =>
      watchUse({ mesh, clock, observe, see: isGenuine }),
  })),
  ...[skewS, -skewS].map((s) => ({ ...row, kind: clockSkew, draw: clockSkew.draw(skewed, 1_000 * s) })),
]

// Nothing that travels under weaker keys, under a counter that was used or under keys of a handshake that is over is used;
// each is tried alone, so that each is seen to be refused. Whose clock is wrong is a member like any other, all the while and
// once its clock is set right: what it says of instants decides nothing.
requirement('CHAOS-CRYPTO-6', ['mesh', 'control'], async (scenario) => {
  const share = { ...scenario, repeats: Math.ceil(scenario.repeats / faults.length) }
  for (const fault of faults) await repeatFault(share, fault)
})
