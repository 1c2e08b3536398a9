import { sla } from '../../sla.config.ts'
import { cryptoErrors } from '../faults/crypto-errors.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

const { erring, errorShare } = sla.chaos.rows['CHAOS-CRYPTO-1'].fault

// Tags that do not fit, and sometimes new keys of which the two ends have derived different ones: such a link must be made
// anew, and everything is whole within the limit once the errors end. That errors are there is proven by the tags, of which
// there are many; how many wrong secrets a fault sees hangs on how many links change their keys in it.
requirement('CHAOS-CRYPTO-1', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-CRYPTO-1',
    kind: cryptoErrors,
    draw: cryptoErrors.draw(erring, errorShare),
  }),
)
