import { sla } from '../../sla.config.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { deltaTraffic } from '../delta-traffic.ts'
import { crash } from '../faults/crash.ts'
import type { Besides } from '../recovery.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'
import { readNodes } from '../steady.ts'

type Needs = 'mesh' | 'control'

const { fault } = sla.chaos.rows['CHAOS-NODE-3']
const writers = 3
const everyMs = 250

/** The deltas of one world, and how many handshakes the healing ran at a time. */
async function besides(
  scenario: Scenario<Needs>,
  { mesh, clock }: Scenario<Needs>['target'],
  world: string,
): Promise<Besides> {
  const { observe, log } = scenario
  const nodes = (await readNodes(mesh)).map(({ id }) => id)
  const traffic = await deltaTraffic({
    mesh,
    observe,
    world,
    clock,
    nodes,
    peers: writers,
    everyMs,
    seed: `${scenario.seed}/${world}`,
  })
  let begunAtMs = 0
  return {
    begin: () => {
      begunAtMs = clock.nowMs()
      traffic.begin()
    },
    atRecovery: async (living, lease) => {
      const { handshakePeaks = [] } = expectOk('meshStatus', await mesh.meshStatus({}))
      const since = handshakePeaks.filter(({ second }) => second >= Math.floor(begunAtMs / 1_000))
      const peak = Math.max(0, ...since.map(({ running }) => running))
      if (handshakePeaks.length > 0) observe.measure('handshakes at a time', 'handshakes', peak)
      await traffic.atRecovery(living, lease)
      log(`${living.length} of ${nodes.length} nodes left, ${peak} handshakes at a time, ${traffic.posted()} deltas`)
    },
    end: traffic.end,
    stop: traffic.stop,
  }
}

// A tenth of the nodes stop at once and stay away until the others are whole again, then they return with what they had
// on their disks. All the while peers write deltas: none that was acknowledged may be lost, neither without the victims
// nor with them.
requirement('CHAOS-NODE-3', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NODE-3',
    kind: crash,
    draw: crash.drawShare(fault.crashedShare),
    besides,
  }),
)
