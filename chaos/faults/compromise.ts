/**
 * Compromise: members do wrong with their own keys and from their own place, besides all their own work.
 * Undo: the target turns them back when the lease ends, with or without us; what they held back is sent then.
 */
import type { FaultScope, Misdeed } from '../../suites/contract/control.ts'
import type { MeshPlane } from '../../suites/contract/mesh.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Random } from '../../suites/contract/random.ts'
import { openPassages, type FaultKind, type Passage } from '../effect.ts'
import { shuffled } from '../schedule.ts'

/** Everything that the mesh has refused so far, as it says. */
export async function refusals(mesh: MeshPlane): Promise<number> {
  const { refused } = expectOk('meshWork', await mesh.meshWork({}))
  return Object.values(refused).reduce((sum, count) => sum + count, 0)
}

/** So many hostile beacons are no accident: a compromised member sends a hundred a second and more. */
const hostileMin = 10
const calmMs = 200
const pollMs = 50
const giveUpMs = 3_000

/** How many of these beacons no honest member sent: those of no instant, and those that were used before. */
export function misused(passages: readonly Passage[], used: Set<string>): number {
  let count = 0
  for (const { origin, receiver, sequence, scheduledAtMs } of passages) {
    const beacon = `${origin}>${receiver}/${sequence}`
    if (scheduledAtMs === 0 || used.has(beacon)) count += 1
    used.add(beacon)
  }
  return count
}

export const compromise = {
  name: 'compromise',
  primitive: 'compromise',
  blastRadius: 'the neighbours of the drawn members, which keep their keys and links and do all their own work besides',
  effect: 'ten beacons or more that no honest member sent are refused and counted, or used',
  draw:
    (count: number, misdeeds: readonly Misdeed[]) =>
    (nodes: readonly string[], random: Random): FaultScope => ({
      nodes: shuffled(nodes, random).slice(0, count),
      misdeeds: [...misdeeds],
    }),
  hits: ({ nodes }) => {
    const compromised = new Set(nodes)
    return (origin) => compromised.has(origin)
  },
  probe: async ({ mesh, clock }) => {
    const calm = await refusals(mesh)
    await clock.sleep(calmMs)
    const before = await refusals(mesh)
    return async ({ appliedAtMs, renew }) => {
      const stream = await openPassages(mesh)
      const used = new Set<string>()
      for (let wrong = 0; ;) {
        await clock.sleep(pollMs)
        await renew()
        wrong += misused(await stream.read(), used)
        const refused = (await refusals(mesh)) - before
        const [nowMs, noise] = [clock.nowMs(), before - calm]
        const seen = `${refused} refused and ${wrong} used, where ${noise} were refused in ${calmMs} ms before`
        if (noise < hostileMin && refused + wrong >= hostileMin) return { proven: true, provenAtMs: nowMs, seen }
        if (nowMs - appliedAtMs > giveUpMs) return { proven: false, provenAtMs: null, seen }
      }
    }
  },
  falsifies: true,
  downs: () => [],
  signs: async (mesh) => {
    const before = await refusals(mesh)
    return async () => (await refusals(mesh)) - before >= hostileMin
  },
} as const satisfies FaultKind & Record<string, unknown>
