import { requirement as claim } from '../suites/requirement.ts'
import { demandLabel } from './drivers/label.ts'

/**
 * Claims a requirement whose scenario breaks its target, by faults or by peers that lie. A target that does not carry the label
 * is refused before anything is asked of it: its row is INCONCLUSIVE.
 */
export const requirement: typeof claim = (id, needs, body) =>
  claim(id, needs, async (scenario) => {
    demandLabel(scenario.target)
    await body(scenario)
  })
