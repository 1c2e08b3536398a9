/** Nodes of the mesh that attack: what a service does about several at once, and when they are members again. */
import type { MeshNode } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Remediation } from '../contract/remediation.ts'
import { attack, ended, post, type Remedied } from './remedy.ts'

/** How soon members are known again is no promise of the rows that isolate them: that they are is. */
const linkedAgainWithinMs = 60_000
const pollMs = 50

export const linksUp = ({ links }: MeshNode): number => links.filter(({ state }) => state === 'up').length

export async function nodesNamed({ target }: Remedied, names: ReadonlySet<string>): Promise<readonly MeshNode[]> {
  return expectOk('meshNodes', await target.mesh.meshNodes({})).filter(({ id }) => names.has(id))
}

/** What ran, and what waited, all the while between two readings. */
type Standing = { readonly running: number; readonly waiting: readonly Remediation[] }

/**
 * Actions are read one by one, while they begin and end: those that run in one reading need not have run at one instant. What
 * was running, or waiting, in the reading before as well, by the same attempt, was so at every instant between the two.
 */
export function standingBetween(before: readonly Remediation[], now: readonly Remediation[]): Standing {
  const states = new Map(before.map(({ id, state, attempts }) => [id, `${state} ${attempts}`]))
  const lasting = now.filter(({ id, state, attempts }) => states.get(id) === `${state} ${attempts}`)
  return {
    running: lasting.filter(({ state }) => state === 'running').length,
    waiting: lasting.filter(({ state }) => state === 'waiting'),
  }
}

type Attacked = {
  /** The nodes as they stood before. */
  readonly chosen: readonly MeshNode[]
  /** What was done about them, once all has come to an end. */
  readonly all: readonly Remediation[]
  /** Most actions that ran at one instant. */
  readonly most: number
  /** Most that waited while others ran. */
  readonly waitedBeside: number
}

/** Lets so many linked nodes attack, fewer where the mesh has fewer; `watch` sees what stands, again and again. */
export async function attackFromNodes(
  scenario: Remedied,
  count: number,
  watch: (standing: Standing) => Promise<void> = async () => undefined,
): Promise<Attacked> {
  const linked = expectOk('meshNodes', await scenario.target.mesh.meshNodes({})).filter((node) => linksUp(node) > 0)
  const from = scenario.random.stream('nodes').integer(0, Math.max(0, linked.length - count))
  const chosen = linked.slice(from, from + count)
  const eventIds = await Promise.all(
    chosen.map(({ id }) => post(scenario, { name: `attack-${id}`, source: id, ...attack })),
  )
  let before: readonly Remediation[] = []
  let [most, waitedBeside] = [0, 0]
  const all = await ended(scenario, eventIds, async (now) => {
    const standing = standingBetween(before, now)
    before = now
    most = Math.max(most, standing.running)
    if (standing.running > 0) waitedBeside = Math.max(waitedBeside, standing.waiting.length)
    await watch(standing)
  })
  return { chosen, all, most, waitedBeside }
}

/** Waits until nodes that were isolated are members as before, each with links and knowing as many; tells who is not. */
export async function membersAgain(
  scenario: Remedied,
  before: readonly MeshNode[],
): Promise<readonly { readonly isBack: boolean; readonly seen: string }[]> {
  const { clock } = scenario.target
  const viewed = new Map(before.map(({ id, viewSize }) => [id, viewSize]))
  const names = new Set(viewed.keys())
  const isBack = (node: MeshNode) => linksUp(node) > 0 && node.viewSize >= (viewed.get(node.id) ?? 0)
  const deadlineMs = clock.nowMs() + linkedAgainWithinMs
  let now = await nodesNamed(scenario, names)
  while (!now.every(isBack) && clock.nowMs() < deadlineMs) {
    await clock.sleep(pollMs)
    now = await nodesNamed(scenario, names)
  }
  return now.map((node) => ({
    isBack: isBack(node),
    seen: `${node.id}: ${linksUp(node)} links, knows ${node.viewSize} members of ${viewed.get(node.id)}`,
  }))
}
