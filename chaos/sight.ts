/** What is seen of a mesh while a fault lasts: when somebody tells of it, and the least that the living know and hear. */
import type { MeshNode } from '../suites/contract/mesh.ts'
import type { Seen } from './bounds.ts'
import { fullWindow } from './effect.ts'

export type Watch = {
  givenUpFor: string | null
  detectedAtMs: number | null
  firstSuccessAtMs: number | null
  viewShareMin: number
  qualityMin: number
  readonly bystandersDown: Set<string>
}

export const newWatch = (): Watch => ({
  givenUpFor: null,
  detectedAtMs: null,
  firstSuccessAtMs: null,
  viewShareMin: 1,
  qualityMin: 1,
  bystandersDown: new Set(),
})

type Sight = {
  readonly nowMs: number
  readonly alive: ReadonlySet<string>
  readonly all: number
  readonly dead: ReadonlySet<string>
  /** Members that live and that each node is not parted from, itself included. */
  readonly sides: ReadonlyMap<string, number>
  /** Whether a suspect link or a smaller view is the sign of the fault. */
  readonly suspicion: boolean
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

/**
 * Takes one look into account, and answers what it shows by itself. Detection: the first living node that suspects a link, or
 * knows fewer nodes than there were.
 */
export function note(
  watch: Watch,
  nodes: readonly MeshNode[],
  { nowMs, alive, all, dead, sides, suspicion }: Sight,
): Seen {
  const qualityMin = meanQuality(nodes.filter(({ id }) => alive.has(id)))
  const bystandersDown: string[] = []
  let viewShareMin = 1
  for (const node of nodes) {
    if (!alive.has(node.id)) continue
    if (node.state !== 'up') {
      bystandersDown.push(node.id)
      continue
    }
    viewShareMin = Math.min(viewShareMin, node.viewSize / (sides.get(node.id) ?? all))
    const suspects = node.links.some(({ peer, state }) => state === 'suspect' && (dead.size === 0 || dead.has(peer)))
    if (suspicion && (suspects || node.viewSize < all)) watch.detectedAtMs ??= nowMs
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
