/**
 * What is refused before anything is touched: a plan for another mesh, one that takes more nodes at a time than a mesh can
 * miss, by striking them or by cutting them off, and faults that would undo each other.
 */
import { sla } from '../sla.config.ts'
import { isSevering } from '../suites/contract/path.ts'
import type { FaultStep, FaultPlan } from './fault-plan.ts'

/** A plan that must not be run; nothing was touched. */
export class RefusedPlan extends Error {
  constructor(why: string) {
    super(`The plan is refused, and nothing was touched: ${why}`)
  }
}

type Span = { readonly atMs: number; readonly forMs: number | null }

const endOf = ({ atMs, forMs }: Span): number => (forMs === null ? Number.POSITIVE_INFINITY : atMs + forMs)
const overlap = (one: Span, other: Span): boolean => one.atMs < endOf(other) && other.atMs < endOf(one)

/** Nodes that faults strike themselves, as a crash does and a partition does not, at any time of this span. */
export const nodesTaken = (steps: readonly FaultStep[], span: Span): ReadonlySet<string> =>
  new Set(steps.filter((step) => overlap(step, span)).flatMap(({ scope }) => scope.nodes ?? []))

/** Nodes that a scope cuts off from everybody, in one direction at least: they live, and the mesh must do without them. */
export function cutOff({ paths = [] }: FaultStep['scope'], nodes: readonly string[]): ReadonlySet<string> {
  const alone = (victims: readonly string[] = nodes, from: readonly string[] = nodes): readonly string[] => {
    const reached = new Set(from)
    const missing = nodes.filter((node) => !reached.has(node))
    return victims.filter((victim) => missing.every((node) => node === victim))
  }
  return new Set(
    paths.filter(({ path }) => isSevering(path)).flatMap(({ from, to }) => [...alone(from, to), ...alone(to, from)]),
  )
}

/** Why the mesh must not be without these nodes at a time, or null. */
export const lossRefusal = (lost: ReadonlySet<string>, nodes: readonly string[]): string | null =>
  lost.size <= nodes.length * sla.chaos.schedule.takenShareMax
    ? null
    : `would have ${lost.size} of ${nodes.length} nodes taken at a time, more than ${sla.chaos.schedule.takenShareMax} of them: no quorum is left`

/** Throws where the mesh would be without a quorum, whatever figures a row or a buyer's file may have for that. */
export function demandQuorum(lost: ReadonlySet<string>, nodes: readonly string[]): void {
  const refusal = lossRefusal(lost, nodes)
  if (refusal !== null) throw new RefusedPlan(`it ${refusal}.`)
}

/** Nodes that a mesh is without at any time of this span: struck themselves or cut off. */
export const nodesLost = (steps: readonly FaultStep[], span: Span, nodes: readonly string[]): ReadonlySet<string> =>
  new Set([
    ...nodesTaken(steps, span),
    ...steps.filter((step) => overlap(step, span)).flatMap(({ scope }) => [...cutOff(scope, nodes)]),
  ])

/** Every node that a scope names, to strike it or to lie on its ways. */
export const namedIn = ({ nodes = [], groups = [], paths = [] }: FaultStep['scope']): readonly string[] => [
  ...nodes,
  ...groups.flat(),
  ...paths.flatMap(({ from = [], to = [] }) => [...from, ...to]),
]

/**
 * Why a plan must not be run on a mesh of these nodes, or null. More nodes than the share that may be taken at a time would
 * leave no majority; whether a mesh survives that is no question of a certificate.
 */
export function planRefusal({ steps }: Pick<FaultPlan, 'steps'>, nodes: readonly string[]): string | null {
  const known = new Set(nodes)
  for (const [place, step] of steps.entries()) {
    const which = `step ${place + 1} (${step.fault})`
    const stranger = namedIn(step.scope).find((node) => !known.has(node))
    if (stranger !== undefined) return `${which} names ${stranger}, which is no node of this mesh of ${nodes.length}`
    const others = steps.filter((_, other) => other !== place)
    const twice = (step.scope.nodes ?? []).find((node) => nodesTaken(others, step).has(node))
    if (twice !== undefined)
      return `${which} strikes ${twice} while another step has it: the first to end would undo both`
    // Whatever begins later is judged at its own beginning.
    const refusal = lossRefusal(nodesLost(steps, { atMs: step.atMs, forMs: 1 }, nodes), nodes)
    if (refusal !== null) return `${which} ${refusal}`
  }
  return null
}
