/** What is seen of a mesh while a fault lasts: when somebody tells of it, and the least that the living know and hear. */
import type { MeshNode } from '../suites/contract/mesh.ts'
import type { Seen } from './bounds.ts'
import { Awaited } from './awaited.ts'
import { fullWindow } from './effect.ts'

export type Watch = {
  givenUpFor: string | null
  readonly detection: Awaited
  /** Counts from the last injection, or from the end of the fault. */
  firstSuccess: Awaited
  viewShareMin: number
  qualityMin: number
  readonly bystandersDown: Set<string>
}

/** Of a fault that was injected then. */
export const newWatch = (injectedAtMs: number): Watch => ({
  givenUpFor: null,
  detection: new Awaited(injectedAtMs),
  firstSuccess: new Awaited(injectedAtMs),
  viewShareMin: 1,
  qualityMin: 1,
  bystandersDown: new Set(),
})

type Living = {
  readonly alive: ReadonlySet<string>
  readonly all: number
  readonly dead: ReadonlySet<string>
}

type Sight = Pick<Living, 'alive' | 'all'> & {
  /** Members that live and that each node is not parted from, itself included. */
  readonly sides: ReadonlyMap<string, number>
}

/**
 * Of each node, how many members it is not parted from, itself included; `groups` are parted from all others. Who is gone is
 * no loss to anybody: of a mesh of any size, the same share says the same.
 */
export function sidesOf(
  all: ReadonlySet<string>,
  groups: readonly (readonly string[])[],
  gone: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const grouped = new Set(groups.flat())
  const rest = [...all].filter((node) => !grouped.has(node))
  return new Map(
    [rest, ...groups].flatMap((side) => {
      const staying = side.filter((node) => !gone.has(node)).length
      return side.map((node) => [node, Math.max(1, staying)] as const)
    }),
  )
}

/** Whether a living node suspects a link, or knows fewer nodes than there were. */
export const isSuspected = (nodes: readonly MeshNode[], { alive, all, dead }: Living): boolean =>
  nodes.some(
    ({ id, state, viewSize, links }) =>
      alive.has(id) &&
      state === 'up' &&
      (viewSize < all || links.some((link) => link.state === 'suspect' && (dead.size === 0 || dead.has(link.peer)))),
  )

/** Takes one look into account, and answers what it shows by itself. */
export function note(watch: Watch, nodes: readonly MeshNode[], { alive, all, sides }: Sight): Seen {
  const qualityMin = meanQuality(nodes.filter(({ id }) => alive.has(id)))
  const bystandersDown: string[] = []
  let viewShareMin = 1
  for (const { id, state, viewSize } of nodes) {
    if (!alive.has(id)) continue
    if (state === 'up') viewShareMin = Math.min(viewShareMin, viewSize / (sides.get(id) ?? all))
    else bystandersDown.push(id)
  }
  for (const down of bystandersDown) watch.bystandersDown.add(down)
  watch.viewShareMin = Math.min(watch.viewShareMin, viewShareMin)
  watch.qualityMin = Math.min(watch.qualityMin, qualityMin)
  return { viewShareMin, qualityMin, bystandersDown }
}

/** As a share of a full window; 1 where nobody has a link. */
function meanQuality(nodes: readonly MeshNode[]): number {
  const qualities = nodes.flatMap(({ links }) => links.map(({ quality }) => quality))
  if (qualities.length === 0) return 1
  return qualities.reduce((sum, quality) => sum + quality / fullWindow, 0) / qualities.length
}
