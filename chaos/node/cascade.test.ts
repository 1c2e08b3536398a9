import { sla } from '../../sla.config.ts'
import { requirement } from '../../suites/requirement.ts'
import { crash } from '../faults/crash.ts'
import type { Spread } from '../recovery.ts'
import { nodesOf, repeatFault } from '../repeats.ts'

const { crashedShare, overloadFactor } = sla.chaos.rows['CHAOS-NODE-4'].fault

/** A node's load is its links: it beacons on each. What the living carry, in shares of what each carried before. */
const loads = (now: Parameters<Spread>[0], before: Parameters<Spread>[1]): ReadonlyMap<string, number> => {
  const share = new Map(before.map(({ id, links }) => [id, links.length]))
  const living = now.filter(({ state }) => state === 'up')
  return new Map(living.map(({ id, links }) => [id, links.length / (share.get(id) ?? Infinity)]))
}

// A tenth of the nodes crash; their load falls to the others, and whoever has to carry half as much again crashes as well,
// and so on. The mesh must spread the load so that this ends. Recovery counts from the last crash.
requirement('CHAOS-NODE-4', ['mesh', 'control'], async (scenario) => {
  const { observe, log } = scenario
  let drawnIn = 0
  let highest = 0
  await repeatFault(scenario, {
    id: 'CHAOS-NODE-4',
    kind: crash,
    draw: crash.drawShare(crashedShare),
    forMs: () => null,
    nodes: nodesOf(scenario, 'CHAOS-NODE-4'),
    spread: (now, before) => {
      const carried = loads(now, before)
      highest = Math.max(highest, ...carried.values())
      // Who has to carry so many times its share of before fails.
      const next = [...carried].flatMap(([id, load]) => (load >= overloadFactor ? [id] : []))
      drawnIn += next.length
      return next
    },
  })
  log(`${drawnIn} nodes failed under the load of others; the highest was ${highest.toFixed(2)} times that of before`)
  // Where nobody carries more than before, nobody could have failed of it: a crash of many, and no load that is shifted.
  observe.premise({
    claim: 'positive control',
    measured: highest > 1 ? 0 : 1,
    limit: 0,
    unit: 'meshes in which no load rose',
    noise: false,
  })
})
