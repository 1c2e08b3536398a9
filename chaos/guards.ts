/**
 * What is refused before anything is touched: a plan for another mesh, one that takes more nodes at a time than a mesh can
 * miss, and faults that would undo each other.
 */
import { sla } from '../sla.config.ts'
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
  const { takenShareMax } = sla.chaos.schedule
  for (const [place, step] of steps.entries()) {
    const which = `step ${place + 1} (${step.fault})`
    const stranger = namedIn(step.scope).find((node) => !known.has(node))
    if (stranger !== undefined) return `${which} names ${stranger}, which is no node of this mesh of ${nodes.length}`
    const others = steps.filter((_, other) => other !== place)
    const twice = (step.scope.nodes ?? []).find((node) => nodesTaken(others, step).has(node))
    if (twice !== undefined)
      return `${which} strikes ${twice} while another step has it: the first to end would undo both`
    // Whatever begins later is judged at its own beginning.
    const taken = nodesTaken(steps, { atMs: step.atMs, forMs: 1 })
    if (taken.size > nodes.length * takenShareMax)
      return `${which} would have ${taken.size} of ${nodes.length} nodes taken at a time, more than ${takenShareMax} of them: no quorum is left`
  }
  return null
}
