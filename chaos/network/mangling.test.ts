import { sla } from '../../sla.config.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { both } from '../both.ts'
import { deltaTraffic } from '../delta-traffic.ts'
import { windowFillsMs } from '../extent.ts'
import { mangling } from '../faults/mangling.ts'
import type { Besides } from '../recovery.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'
import { readNodes } from '../steady.ts'
import { watchUse } from './genuine-use.ts'

type Needs = 'mesh' | 'control'

const { fault, during } = sla.chaos.rows['CHAOS-NET-9']
const writers = 3
const everyMs = 250

async function besides(
  { observe, seed }: Scenario<Needs>,
  { mesh, clock }: Scenario<Needs>['target'],
  world: string,
): Promise<Besides> {
  const nodes = (await readNodes(mesh)).map(({ id }) => id)
  const scene = { mesh, observe, world, clock, nodes }
  const traffic = await deltaTraffic({ ...scene, peers: writers, everyMs, seed: `${seed}/${world}` })
  return both(traffic, watchUse({ mesh, clock, observe, forgedMax: during.forgedUsed }))
}

// Datagrams overtake one another, come twice and come damaged, all at once: nothing of it may be used, nobody who lives is
// evicted, and what peers write meanwhile is everywhere as they wrote it.
requirement('CHAOS-NET-9', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NET-9',
    kind: mangling,
    draw: mangling.draw(fault),
    calmMs: windowFillsMs,
    besides,
  }),
)
