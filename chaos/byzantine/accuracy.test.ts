import { sla } from '../../sla.config.ts'
import { beaconMisdeeds } from '../../suites/contract/control.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { compromise } from '../faults/compromise.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'
import { isGenuine, watchUse, type BeaconUse } from '../beacon-use.ts'

const { compromised, durationS, ...least } = sla.chaos.rows['CHAOS-BYZ-8'].fault
/** For each beacon of its own a compromised member sends one forged in a name, one altered, and two again. */
const hostilePerOwn = 4

/**
 * A beacon that was sent and has no receipt counts as refused, even if it was lost on the way. Refusals of hostile ones are
 * what the mesh counts, less what it may have counted for these, and never more than the compromised members sent.
 */
function recordMatrix(observe: Observe, use: BeaconUse): boolean {
  const forgedUsed = use.forged + use.repeated
  const sent = hostilePerOwn * use.own
  const forgedRefused = Math.max(0, Math.min(use.refused - use.missing, sent - forgedUsed))
  const matrix = {
    genuine: { used: use.genuine, refused: use.missing },
    forged: { used: forgedUsed, refused: forgedRefused },
  }
  for (const [kind, cells] of Object.entries(matrix))
    for (const [fate, count] of Object.entries(cells)) observe.measure(`${kind}, ${fate}`, 'beacons', count)
  observe.file('confusion matrix', 'confusion', JSON.stringify(matrix))
  for (const kind of ['genuine', 'forged'] as const) {
    const { used, refused } = matrix[kind]
    observe.premise({
      claim: 'positive control',
      measured: Math.max(0, least[kind] - used - refused),
      limit: 0,
      unit: 'items too few',
      noise: true,
      detail: `${used + refused} ${kind} ones of ${least[kind]}`,
    })
  }
  observe.measure('genuine-refused', '1', use.missing / Math.max(1, use.genuine + use.missing))
  return isGenuine(use)
}

// Three members in ten do everything wrong that a member can with its beacons, among ten thousand genuine ones a second.
// Each beacon has its own tag and its own verdict.
requirement('CHAOS-BYZ-8', ['mesh', 'control'], (scenario) =>
  repeatFault(
    { ...scenario, repeats: 1, scale: 1 },
    {
      id: 'CHAOS-BYZ-8',
      kind: compromise,
      draw: compromise.draw(compromised, beaconMisdeeds),
      forMs: () => 1_000 * durationS * scenario.scale,
      besides: async ({ observe }, { mesh, clock }) =>
        watchUse({ mesh, clock, observe, see: (use) => recordMatrix(observe, use) }),
    },
  ),
)
