import { sla } from '../../sla.config.ts'
import { requirement } from '../../suites/requirement.ts'
import { crash } from '../faults/crash.ts'
import type { Spread } from '../recovery.ts'
import { nodesOf, repeatFault } from '../repeats.ts'

const { crashedShare, overloadFactor } = sla.chaos.rows['CHAOS-NODE-4'].fault

/** A node's load is its links: it beacons on each. Who has to carry so many times its share of before fails. */
const overloaded: Spread = (now, before) => {
  const share = new Map(before.map(({ id, links }) => [id, links.length]))
  return now.flatMap(({ id, state, links }) =>
    state === 'up' && links.length >= overloadFactor * (share.get(id) ?? Infinity) ? [id] : [],
  )
}

// A tenth of the nodes crash; their load falls to the others, and whoever has to carry half as much again crashes as well,
// and so on. The mesh must spread the load so that this ends. Recovery counts from the last crash.
requirement('CHAOS-NODE-4', ['mesh', 'control'], async (scenario) => {
  const { observe, log } = scenario
  let drawnIn = 0
  await repeatFault(scenario, {
    id: 'CHAOS-NODE-4',
    kind: crash,
    draw: crash.drawShare(crashedShare),
    forMs: () => null,
    nodes: nodesOf(scenario, 'CHAOS-NODE-4'),
    spread: (now, before) => {
      const next = overloaded(now, before)
      drawnIn += next.length
      return next
    },
  })
  log(`${drawnIn} nodes failed under the load of others`)
  // Where nobody ever fails under it, no load has been shifted that could have: a crash of many, and no cascade.
  observe.premise({
    claim: 'positive control',
    measured: drawnIn === 0 ? 1 : 0,
    limit: 0,
    unit: 'cascades of one step only',
    noise: false,
  })
})
