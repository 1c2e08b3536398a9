import type { TimerProfileName } from '../../sla.config.ts'
import type { Clock } from '../contract/clock.ts'
import type { MeshNode, MeshPlane } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import { viewDigest } from '../contract/view-digest.ts'
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

type Shaped = Pick<MeshPlane, 'formMesh' | 'meshNodes' | 'meshStatus'>

async function shapeOf(mesh: Shaped) {
  const { timerProfile } = expectOk('meshStatus', await mesh.meshStatus({}))
  return { nodes: (await readNodes(mesh)).length, timerProfile: timerProfile.name }
}

const reasonOf = (part: PromiseSettledResult<unknown>): unknown => (part.status === 'rejected' ? part.reason : null)

/**
 * Does its work on a mesh whose size and timer profile it may change, and brings both back: what is judged next must not
 * share the machine with a thousand nodes that nobody asked for any more, nor find half of those that it knew. Throws what
 * the work threw; where the mesh can't be brought back either, an AggregateError of both.
 */
export async function bringingBack<T>(mesh: Shaped, work: () => Promise<T>): Promise<T> {
  const before = await shapeOf(mesh)
  const bringBack = async (): Promise<void> => {
    const { nodes, timerProfile } = await shapeOf(mesh)
    if (nodes === before.nodes && timerProfile === before.timerProfile) return
    expectOk('formMesh', await mesh.formMesh(before))
  }
  const [worked] = await Promise.allSettled([work()])
  const [back] = await Promise.allSettled([bringBack()])
  if (worked.status === 'fulfilled' && back.status === 'fulfilled') return worked.value
  const failures = [worked, back].filter(({ status }) => status === 'rejected').map(reasonOf)
  if (failures.length === 1) throw failures[0]
  throw new AggregateError(failures, failures.map(String).join('; and the mesh was not brought back: '))
}

export const readNodes = async (mesh: Pick<MeshPlane, 'meshNodes'>): Promise<readonly MeshNode[]> =>
  expectOk('meshNodes', await mesh.meshNodes({}))

/** The first node that is down, without a link or does not know just all others; null when there is none. */
export function firstPartial(nodes: readonly MeshNode[]): string | null {
  const whole = viewDigest(nodes.map(({ id }) => id))
  const partial = nodes.find(
    (node) =>
      node.state !== 'up' || node.viewSize !== nodes.length || node.viewDigest !== whole || node.links.length === 0,
  )
  if (partial === undefined) return null
  const { id, state, viewSize, links } = partial
  const others = viewSize === nodes.length && partial.viewDigest !== whole ? ' (not just these)' : ''
  return `${id} is ${state}, knows ${viewSize} of ${nodes.length}${others} and has ${links.length} links`
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
