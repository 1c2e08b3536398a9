import { sla } from '../../sla.config.ts'
import { noLimit, type Capacity } from '../analysis/capacity.ts'
import type { Scenario } from '../requirement.ts'

type Limit = Pick<Scenario<'mesh'>, 'observe' | 'log'>

const limitFound = { claim: 'limit found', limit: 0, unit: 'limits not found', noise: false } as const

/** No number where there is no limit: the row then says as much. */
export function unfinished({ observe }: Pick<Limit, 'observe'>, detail: string): void {
  observe.premise({ ...limitFound, measured: 1, detail })
}

export type Foretelling = {
  /** First size that is expected to fail, at the speed that the machine had while one failed. */
  readonly nodes: number | null
  /** By which share the machine's speed differed between what it was foretold from and what failed; null: unknown. */
  readonly drift: number | null
}

/** Why nobody knows how fast the machine was, and what to do about it. */
const untold = (firstFailed: number): string =>
  `nothing tells it: no smaller size held when it was measured again after ${firstFailed} nodes failed; run the row again while nothing else uses the machine`

/**
 * Growth that was drawn on a much faster or slower machine says nothing of this one. How far the prediction is off is
 * no measurement: the judge derives it from the tries.
 */
export function conclude(scenario: Limit, { ended, lastHeld, firstFailed }: Capacity, foretold: Foretelling): void {
  const { observe, log } = scenario
  if (ended !== 'bracketed' || lastHeld === null || firstFailed === null) {
    const why = ended === 'bracketed' ? 'the bracket has no ends' : noLimit[ended]
    return unfinished(scenario, `N > ${lastHeld ?? 'none that held'}: ${why}`)
  }
  log(`found: ${lastHeld} nodes hold, ${firstFailed} fail; at the machine's speed then ${foretold.nodes} were foretold`)
  observe.premise({ ...limitFound, measured: 0 })
  observe.count('first size that fails', 'nodes', firstFailed, 0)
  observe.count('last size that holds', 'nodes', lastHeld, 0)
  observe.premise({
    claim: 'machine speed',
    measured: foretold.drift ?? 1,
    limit: sla.mesh.limitSearch.machineDrift,
    unit: 'of its speed when the limit was foretold',
    noise: true,
    ...(foretold.drift === null && { detail: untold(firstFailed) }),
  })
}
