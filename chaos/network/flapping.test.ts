import { sla } from '../../sla.config.ts'
import type { Clock } from '../../suites/contract/clock.ts'
import type { FaultScope } from '../../suites/contract/control.ts'
import type { MeshPlane } from '../../suites/contract/mesh.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { onPaths, silence } from '../effect.ts'
import { flapping, flapsOf } from '../faults/flapping.ts'
import type { Besides } from '../recovery.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

const { flapPeriodS, partitions } = sla.chaos.rows['CHAOS-NET-10'].fault
const lastEndsMs = 1_000 * flapPeriodS * (partitions - 0.5)

type Watched = { readonly mesh: MeshPlane; readonly clock: Clock }

/** What would be silenced is looked at so long before a partition, and for it so soon after. */
const lookMs = { before: 300, after: 50 }

/** How many of the partitions after the first one silence nothing that crosses them while they last. */
async function withoutEffect({ mesh, clock }: Watched, atMs: number, scope: FaultScope): Promise<number> {
  let unseen = 0
  for (const flap of flapsOf(scope).slice(1)) {
    const fromMs = atMs + flap.fromMs
    await clock.sleep(Math.max(0, fromMs - lookMs.before - clock.nowMs()))
    const prove = await silence({ mesh, clock, scope: flap.scope, hits: onPaths(flap.scope) })
    await clock.sleep(Math.max(0, fromMs + lookMs.after - clock.nowMs()))
    const { provenAtMs } = await prove({ appliedAtMs: clock.nowMs(), renew: async () => undefined })
    if (provenAtMs === null || provenAtMs > fromMs + flap.forMs) unseen += 1
  }
  return unseen
}

/** The fault's own proof sees its first partition: one that never comes again does not flap. */
function watchFlaps(watched: Watched, observe: Pick<Observe, 'premise'>): Besides {
  let looking: Promise<number> = Promise.resolve(0)
  return {
    begin: () => {
      looking = Promise.resolve(0)
    },
    struck: ({ atMs, scope }) => {
      looking = withoutEffect(watched, atMs, scope)
      // Its rejection is thrown where the fault ends; until then it must not count as unhandled.
      looking.catch(() => undefined)
    },
    atRecovery: async () => undefined,
    end: async () => {
      const measured = await looking
      const detail = `${measured} of the partitions after the first one silenced nothing`
      observe.premise({
        claim: 'fault effect',
        measured,
        limit: 0,
        unit: 'faults without effect',
        noise: false,
        detail,
      })
      return true
    },
    stop: async () => void (await looking.catch(() => undefined)),
  }
}

// Partitions follow each other, each across other halves and gone before the mesh has settled in it; the last one is healed
// by the undo, at an instant that varies, and recovery counts from there.
requirement('CHAOS-NET-10', ['mesh', 'control'], (scenario) =>
  repeatFault(scenario, {
    id: 'CHAOS-NET-10',
    kind: flapping,
    draw: flapping.draw({ partitions, flapPeriodS }),
    forMs: (random) => lastEndsMs - random.integer(0, 500),
    besides: async ({ observe }, world) => watchFlaps(world, observe),
  }),
)
