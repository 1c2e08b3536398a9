import type { HistoryItem } from '../../../suites/evidence/history.ts'

type Item = HistoryItem<'deltas-converged'>
type Posted = Extract<Item, { type: 'posted' }>

/** What the poster knows of a delta after all its attempts. */
type Standing = 'acknowledged' | 'refused' | 'open'

type Read = {
  readonly holders: readonly string[]
  readonly due: readonly string[]
  readonly held: Map<string, string[]>
}
type World = {
  readonly known: Map<string, Standing>
  readonly sets: Map<string, readonly string[]>
  readonly reads: Map<string, Read>
}

function note(known: Map<string, Standing>, { id, outcome }: Posted): void {
  const before = known.get(id)
  if (outcome === 'ok') known.set(id, 'acknowledged')
  else if (outcome === 'definite') known.set(id, before ?? 'refused')
  else if (before !== 'acknowledged') known.set(id, 'open')
}

/** The history by worlds; what a read must show is what had been acknowledged when it was announced. */
function worldsOf(items: readonly Item[]): ReadonlyMap<string, World> {
  const worlds = new Map<string, World>()
  for (const item of items) {
    const world: World = worlds.get(item.mesh) ?? { known: new Map(), sets: new Map(), reads: new Map() }
    worlds.set(item.mesh, world)
    if (item.type === 'posted') note(world.known, item)
    else if (item.type === 'found') for (const id of item.ids) world.known.set(id, world.known.get(id) ?? 'open')
    else if (item.type === 'set') world.sets.set(item.set, item.ids)
    else if (item.type === 'holders') {
      const due = [...world.known].filter(([, standing]) => standing === 'acknowledged').map(([id]) => id)
      world.reads.set(item.read, { holders: item.nodes, due, held: new Map() })
    } else {
      const held = world.reads.get(item.read)?.held
      held?.set(item.node, [...(held.get(item.node) ?? []), item.set])
    }
  }
  return worlds
}

const few = (nodes: readonly string[]): string => (nodes.length > 3 ? `${nodes.length} nodes` : nodes.join(', '))

function elementViolations(id: string, standing: Standing | undefined): readonly string[] {
  if (standing === undefined) return [`delta ${id} was never posted`]
  return standing === 'refused' ? [`refused delta ${id} appears`] : []
}

function readViolations({ holders, due, held }: Read, { known, sets }: World): readonly string[] {
  if (holders.length === 0) return ['nobody is said to hold anything']
  const violations: string[] = []
  const heldBy = new Map<string, Set<string>>(due.map((id) => [id, new Set()]))
  for (const node of holders) {
    const named = held.get(node) ?? []
    const ids = sets.get(named[0] ?? '')
    if (named.length > 1) violations.push(`node ${node}: read ${named.length} times`)
    if (ids === undefined) violations.push(`node ${node}: was not read`)
    else if (new Set(ids).size < ids.length) violations.push(`node ${node}: lists a delta twice`)
    for (const id of ids ?? []) heldBy.set(id, (heldBy.get(id) ?? new Set()).add(node))
  }
  for (const [id, nodes] of heldBy) {
    violations.push(...elementViolations(id, known.get(id)))
    const lacking = holders.filter((node) => !nodes.has(node))
    if (lacking.length === 0) continue
    if (known.get(id) === 'acknowledged') violations.push(`acknowledged delta ${id} is missing at ${few(lacking)}`)
    else violations.push(`nodes differ over delta ${id}: missing at ${few(lacking)} of ${holders.length}`)
  }
  return violations
}

/**
 * Deltas are a grow-only set: at each quiesced read every node that should hold has every delta that was
 * acknowledged before, all hold the same set, and nothing in it was refused or never posted. An
 * indefinite outcome may be in the set or not, but at all or at none. A mesh that acknowledged nothing
 * before any read had nothing to lose, which shows nothing.
 */
export function deltasConverged(items: readonly Item[]): readonly string[] {
  return [...worldsOf(items)].flatMap(([mesh, world]) => {
    if (world.reads.size === 0) return [`${mesh}: no read`]
    const isIdle = [...world.reads.values()].every(({ due }) => due.length === 0)
    const violations = [...world.reads].flatMap(([read, found]) =>
      readViolations(found, world).map((violation) => `${mesh}, read ${read}: ${violation}`),
    )
    return isIdle ? [...violations, `${mesh}: no delta was acknowledged before a read`] : violations
  })
}
