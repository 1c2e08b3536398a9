import { sla } from '../../sla.config.ts'
import { requirement } from '../../suites/requirement.ts'
import { cryptoErrors } from '../faults/crypto-errors.ts'
import { lasting, nodesOf, repeatFault } from '../repeats.ts'

const { erring, errorShare, durationS } = sla.chaos.rows['CHAOS-CRYPTO-1'].fault

// Tags that do not fit, and new keys of which the two ends have derived different ones: such a link must be made anew, its
// ends may neither be taken for hostile nor for dead, and everything is whole within the limit once the errors end.
requirement('CHAOS-CRYPTO-1', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-CRYPTO-1',
    kind: cryptoErrors,
    draw: cryptoErrors.draw(erring, errorShare),
    forMs: lasting(scenario, durationS),
    nodes: nodesOf(scenario, 'CHAOS-CRYPTO-1'),
  }),
)
