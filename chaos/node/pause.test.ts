import { sla } from '../../sla.config.ts'
import { lasting } from '../extent.ts'
import { pause } from '../faults/pause.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

const { paused, earlyOneIn } = sla.chaos.rows['CHAOS-NODE-5'].fault
const { missedBeaconsToSuspect, beaconsPerLinkS } = sla.timerProfiles['fast-detect']
/** A link is given up after so long a silence. */
const detectionMs = (1_000 * missedBeaconsToSuspect) / beaconsPerLinkS

// A node stands still and goes on where it was: it may not take its own deafness for the silence of the others, nor they
// its silence for its end. One pause in three ends while it is being accused: the refutation crosses the accusations.
requirement('CHAOS-NODE-5', ['mesh', 'control'], (scenario) => {
  const noticed = lasting(scenario, 'CHAOS-NODE-5')
  return repeatFault(scenario, {
    id: 'CHAOS-NODE-5',
    kind: pause,
    draw: pause.draw(paused),
    forMs: (random) =>
      random.integer(1, earlyOneIn) === 1
        ? random.integer(Math.round(0.7 * detectionMs), Math.round(1.5 * detectionMs))
        : noticed(random),
  })
})
