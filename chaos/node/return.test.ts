import { sla } from '../../sla.config.ts'
import type { Random } from '../../suites/contract/random.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { lasting } from '../extent.ts'
import { crash } from '../faults/crash.ts'
import type { Besides } from '../recovery.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'
import { readNodes } from '../steady.ts'

type Needs = 'mesh' | 'control'

const { crashed, earlyOneIn } = sla.chaos.rows['CHAOS-NODE-2'].fault

/** One return in three comes before anybody can have noticed the crash: the neighbours still hold links to the life before. */
function untilReturn(scenario: Scenario<Needs>): (random: Random) => number {
  const noticed = lasting(scenario, 'CHAOS-NODE-2')
  return (random) => (random.integer(1, earlyOneIn) === 1 ? random.integer(300, 1_000) : noticed(random))
}

const keysOf = async (mesh: Scenario<Needs>['target']['mesh']): Promise<ReadonlyMap<string, string>> =>
  new Map((await readNodes(mesh)).map(({ id, keyDigest = 'not told' }) => [id, keyDigest]))

/** The keys of one world: who comes back is who went. */
async function sameKeys({ observe }: Scenario<Needs>, { mesh }: Scenario<Needs>['target']): Promise<Besides> {
  const before = await keysOf(mesh)
  observe.check(
    'every node tells its key, each another',
    ![...before.values()].includes('not told') && new Set(before.values()).size === before.size,
    `${new Set(before.values()).size} keys of ${before.size} nodes`,
  )
  return {
    begin: () => undefined,
    atRecovery: async () => undefined,
    end: async () => {
      const now = await keysOf(mesh)
      const changed = [...before].filter(([id, key]) => now.get(id) !== key).map(([id]) => id)
      observe.check('every node has the key that it had before its crash', changed.length === 0, changed.join(', '))
      return changed.length === 0
    },
    stop: async () => undefined,
  }
}

// A node crashes and comes back by itself, under its name and with its key: recovery counts from its return to everyone
// knowing everyone, with their links.
requirement('CHAOS-NODE-2', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NODE-2',
    kind: crash,
    draw: crash.draw(crashed),
    forMs: untilReturn(scenario),
    besides: (_, world) => sameKeys(scenario, world),
  }),
)
