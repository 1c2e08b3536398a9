import { sla } from '../../sla.config.ts'
import { burstyLoss } from '../faults/bursty-loss.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

const { meanLoss, meanBurst } = sla.chaos.rows['CHAOS-NET-8'].fault

// Links go silent for a while, each at its own time: some are given up although their ends live. Once it is over everyone
// knows everyone again.
requirement('CHAOS-NET-8', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NET-8',
    kind: burstyLoss,
    draw: burstyLoss.draw({ share: meanLoss, meanBurst }),
  }),
)
