import { viewDigest } from '../../../suites/contract/view-digest.ts'
import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Item = HistoryItem<'views-converged'>
type View = Extract<Item, { type: 'view' }>

/** One quiesced read: who should be there, and what each node said. */
type Snapshot = { readonly alive: Set<string>; readonly views: View[] }

/** A scenario may read several times; a list of the living that follows views starts the next read. */
function snapshots(items: readonly Item[]): readonly Snapshot[] {
  const found: Snapshot[] = []
  for (const item of items) {
    let current = found.at(-1)
    if (current === undefined || (item.type === 'alive' && current.views.length > 0)) {
      current = { alive: new Set(), views: [] }
      found.push(current)
    }
    if (item.type === 'alive') current.alive.add(item.node)
    else current.views.push(item)
  }
  return found
}

/** Who is alive, and the digest of a view that holds just them. */
type Living = { readonly alive: ReadonlySet<string>; readonly digest: string }

function memberViolations({ node, viewSize, viewDigest: told }: View, { alive, digest }: Living): readonly string[] {
  if (viewSize !== alive.size) return [`node ${node}: view of ${viewSize}, alive are ${alive.size}`]
  return told === digest ? [] : [`node ${node}: view of ${viewSize}, as many as are alive, but not just them`]
}

function viewViolations(view: View, living: Living): readonly string[] {
  const { node, state, linksUp } = view
  const { alive } = living
  if (!alive.has(node)) return state === 'up' ? [`node ${node}: up, yet it should be gone`] : []
  if (state === 'down') return [`node ${node}: down, yet it should be alive`]
  const dead = linksUp.filter((peer) => !alive.has(peer))
  return [...memberViolations(view, living), ...dead.map((peer) => `node ${node}: link to ${peer}, which is not alive`)]
}

/** Nodes reached from the first one over links in either direction. */
function reachable(alive: ReadonlySet<string>, views: readonly View[]): ReadonlySet<string> {
  const neighbours = new Map([...alive].map((node) => [node, new Set<string>()]))
  for (const { node, linksUp } of views) {
    for (const peer of linksUp) {
      neighbours.get(node)?.add(peer)
      neighbours.get(peer)?.add(node)
    }
  }
  const reached = new Set<string>()
  const open = [...alive].slice(0, 1)
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (reached.has(node)) continue
    reached.add(node)
    open.push(...(neighbours.get(node) ?? []))
  }
  return reached
}

function snapshotViolations({ alive, views }: Snapshot): readonly string[] {
  if (alive.size === 0) return ['nobody is said to be alive']
  const seen = new Set(views.map((view) => view.node))
  const silent = [...alive].filter((node) => !seen.has(node)).map((node) => `node ${node}: no view`)
  const reached = reachable(alive, views)
  const apart = [...alive].find((node) => !reached.has(node))
  const parts =
    apart === undefined ? [] : [`link graph falls apart: ${reached.size} of ${alive.size} reached, ${apart} is not`]
  const living = { alive, digest: viewDigest(alive) }
  return [...silent, ...views.flatMap((view) => viewViolations(view, living)), ...parts]
}

/** At each quiesced read every living node knows just those who live, has links to living nodes only, and all hang together. */
export function viewsConverged(items: readonly Item[]): readonly string[] {
  const all = snapshots(items)
  return all.flatMap((snapshot, index) =>
    snapshotViolations(snapshot).map((violation) => (all.length === 1 ? violation : `read ${index + 1}: ${violation}`)),
  )
}
