/**
 * Key rotation: every node offers new keys on each of its links several times a second, where a mesh does so every few
 * seconds or minutes. Nothing is broken: it is the mesh's own work, all at once.
 * Undo: the target goes back to its own pace when the lease ends, with or without us.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import type { MeshPlane } from '../../suites/contract/mesh.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { compared, onNodes, type FaultKind } from '../effect.ts'

/** Changes of a link's keys so far, as the mesh counts them. */
export async function rekeyed(mesh: MeshPlane): Promise<number> {
  return expectOk('meshWork', await mesh.meshWork({})).linksRekeyed
}

const sampleMs = 1_000
/** A mesh at its own pace changes a fifth of its links' keys in a second, or fewer. */
const factor = 2

export const keyRotation = {
  name: 'key rotation',
  primitive: 'rekey',
  blastRadius: 'the keys of every link; nothing is lost, everyone stays up',
  effect: 'at least twice as many links change their keys in a second as before, and as there are nodes',
  draw:
    (rotateEveryMs: number) =>
    (nodes: readonly string[]): FaultScope => ({ nodes: [...nodes], rotateEveryMs }),
  hits: onNodes,
  probe: compared(
    async ({ mesh, clock }) => {
      const before = await rekeyed(mesh)
      await clock.sleep(sampleMs)
      return (await rekeyed(mesh)) - before
    },
    (before, after, { nodes = [] }) => ({
      proven: after >= factor * Math.max(before, nodes.length),
      seen: `${after} links changed their keys in a second, ${before} in one before`,
    }),
  ),
  downs: () => [],
  signs: async (mesh) => {
    const before = await rekeyed(mesh)
    const { nodes } = expectOk('meshStatus', await mesh.meshStatus({}))
    return async () => (await rekeyed(mesh)) - before >= nodes
  },
} as const satisfies FaultKind & Record<string, unknown>
