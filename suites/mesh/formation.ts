import type { TimerProfileName } from '../../sla.config.ts'
import type { Clock } from '../contract/clock.ts'
import type { MeshNode, MeshPlane } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Premise } from '../evidence/record.ts'

export type Formed = { readonly nodes: number; readonly timerProfile: string; readonly formedInMs: number }

const wholeWithinMs = 30_000
const pollMs = 250

/** A mesh of this size, under the wanted timer profile if the target has it, else under its own. */
export async function formMesh(mesh: MeshPlane, nodes: number, profile: TimerProfileName | null): Promise<Formed> {
  if (profile !== null) {
    const formed = await mesh.formMesh({ nodes, timerProfile: profile })
    const unknownProfile = !formed.ok && formed.definite && formed.status === 400
    if (!unknownProfile) return expectOk('formMesh', formed)
  }
  return expectOk('formMesh', await mesh.formMesh({ nodes }))
}

/**
 * Does its work on a mesh that it may make larger, and brings it back to the size that it had: what is judged next must
 * not share the machine with a thousand nodes that nobody asked for any more.
 */
export async function bringingBack<T>(mesh: MeshPlane, work: () => Promise<T>): Promise<T> {
  const size = async () => (await readNodes(mesh)).length
  const before = await size()
  try {
    return await work()
  } finally {
    if ((await size()) > before) await formMesh(mesh, before, null)
  }
}

export const readNodes = async (mesh: MeshPlane): Promise<readonly MeshNode[]> =>
  expectOk('meshNodes', await mesh.meshNodes({}))

/** The first node that is down, without a link or does not know all others; null when there is none. */
export function firstPartial(nodes: readonly MeshNode[]): string | null {
  const partial = nodes.find(
    ({ state, viewSize, links }) => state !== 'up' || viewSize !== nodes.length || links.length === 0,
  )
  if (partial === undefined) return null
  const { id, state, viewSize, links } = partial
  return `${id} is ${state}, knows ${viewSize} of ${nodes.length} and has ${links.length} links`
}

/** The premise that load meets a mesh at rest: waits until every node is up and knows every other. */
export async function wholePremise(mesh: MeshPlane, clock: Clock): Promise<Premise> {
  const giveUpAtMs = clock.nowMs() + wholeWithinMs
  let partial = firstPartial(await readNodes(mesh))
  while (partial !== null && clock.nowMs() < giveUpAtMs) {
    await clock.sleep(pollMs)
    partial = firstPartial(await readNodes(mesh))
  }
  return {
    claim: 'steady state before',
    measured: partial === null ? 0 : 1,
    limit: 0,
    unit: 'meshes not whole',
    noise: true,
    ...(partial === null ? {} : { detail: partial }),
  }
}
