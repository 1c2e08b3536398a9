import { sla } from '../../sla.config.ts'
import { crash } from '../faults/crash.ts'
import type { Spread } from '../recovery.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

const { crashedShare, overloadFactor } = sla.chaos.rows['CHAOS-NODE-4'].fault

/** In so many crashes of a tenth three to seven nodes were seen to fail after them. */
const cascadesSeen = 59

/** Links that are lost may be made anew by others than those who lost them: in none to three of 59 crashes they all were. */
const idleShareMax = 0.1

type Nodes = Parameters<Spread>[0]

/** A node's load is its links: it beacons on each. What the living carry, in shares of what each carried before. */
const loads = (now: Nodes, before: Nodes): ReadonlyMap<string, number> => {
  const share = new Map(before.map(({ id, links }) => [id, links.length]))
  const living = now.filter(({ state }) => state === 'up')
  return new Map(living.map(({ id, links }) => [id, links.length / (share.get(id) ?? Infinity)]))
}

/** Those who were linked to one that is down. */
function bereaved(now: Nodes, before: Nodes): readonly string[] {
  const down = new Set(now.filter(({ state }) => state !== 'up').map(({ id }) => id))
  return before.flatMap(({ id, links }) => (!down.has(id) && links.some(({ peer }) => down.has(peer)) ? [id] : []))
}

// A tenth of the nodes crash; their load falls to the others, and whoever has to carry half as much again crashes as well,
// and so on. The mesh must spread the load so that this ends. Recovery counts from the last crash.
requirement('CHAOS-NODE-4', ['mesh', 'control'], async (scenario) => {
  const { observe, log, tier } = scenario
  let drawnIn = 0
  /** Of each cascade, by the healthy mesh before it, whether a neighbour of those who crashed carries more than before. */
  const shifted = new Map<Nodes, boolean>()
  await repeatFault(scenario, {
    id: 'CHAOS-NODE-4',
    kind: crash,
    draw: crash.drawShare(crashedShare),
    spread: (now, before) => {
      const carried = loads(now, before)
      const isShifted = bereaved(now, before).some((id) => (carried.get(id) ?? 0) > 1)
      shifted.set(before, isShifted || shifted.get(before) === true)
      // Who has to carry so many times its share of before fails.
      const next = [...carried].flatMap(([id, load]) => (load >= overloadFactor ? [id] : []))
      drawnIn += next.length
      return next
    },
  })
  const idle = [...shifted.values()].filter((isShifted) => !isShifted).length
  log(
    `${drawnIn} nodes failed under the load of others; in ${idle} of ${shifted.size} cascades no neighbour carried more`,
  )
  // Where no load is shifted nobody could fail of it: a crash of many, and no cascade. The few repeats on live nodes, whom
  // the mesh spares, may see nobody fail; among so many in virtual time somebody does.
  const control = { claim: 'positive control', noise: false } as const
  const limit = Math.ceil(idleShareMax * shifted.size)
  observe.premise({
    ...control,
    measured: shifted.size === 0 ? 1 : idle,
    limit,
    unit: 'crashes whose load was not shifted',
  })
  if (tier === 'simulation' && shifted.size >= cascadesSeen)
    observe.premise({ ...control, measured: drawnIn === 0 ? 1 : 0, limit: 0, unit: 'cascades of one step only' })
})
