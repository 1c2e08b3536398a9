/**
 * Patterns of failure as plans: what `failures` of a load shape says in parts of the load's length becomes explicit steps of
 * faults of the catalogue, each of which is then done, proven and undone by itself. The same seed draws the same victims.
 */
import type { FailurePattern, NodeFault } from '../sla.config.ts'
import type { FaultScope } from '../suites/contract/control.ts'
import type { PathRule } from '../suites/contract/path.ts'
import type { Random } from '../suites/contract/random.ts'
import type { FaultStep } from './fault-plan.ts'
import { crash } from './faults/crash.ts'
import { isolation } from './faults/isolation.ts'
import { partition } from './faults/partition.ts'
import { pause } from './faults/pause.ts'
import { slow } from './faults/slow.ts'
import { shuffled } from './schedule.ts'

const kinds = { crash, pause, isolation } as const satisfies Record<NodeFault, unknown>

/** Of the time of a batch or a flap its nodes are away for this part; in the rest they are back, or on their way. */
const awayPart = 0.5

type Drawing = {
  /** Ids of the nodes that may be hit. */
  readonly nodes: readonly string[]
  readonly random: Random
  /** Length of the load. */
  readonly seconds: number
}

/** A pattern's part of it: it may hit fewer nodes than those of which it takes a share. */
type Drawn = Drawing & { readonly all: number }

type Span = { readonly atMs: number; readonly forMs: number }

/** The span from one part of a length to another, in whole ms. */
const spanOf = (seconds: number, from: number, until: number): Span => {
  const atMs = Math.round(from * seconds * 1_000)
  return { atMs, forMs: Math.round(until * seconds * 1_000) - atMs }
}

/** How many nodes a share of all is: at least one. */
const countOf = ({ all }: Drawn, share: number): number => Math.max(1, Math.round(share * all))

/** As many nodes as a share of all, in groups as equal as they can be. */
function groupsOf(drawing: Drawn, share: number, groups: number): readonly (readonly string[])[] {
  const order = shuffled(drawing.nodes, drawing.random).slice(0, Math.max(groups, countOf(drawing, share)))
  return Array.from({ length: groups }, (_, group) =>
    order.slice(Math.round((group * order.length) / groups), Math.round(((group + 1) * order.length) / groups)).sort(),
  )
}

const strikes = (fault: NodeFault, victims: readonly string[], { random }: Drawing): FaultScope =>
  kinds[fault].draw(victims.length)(victims, random)

/** The steps of one pattern, in the order in which they begin. */
function stepsOf(pattern: FailurePattern, drawing: Drawn): readonly FaultStep[] {
  const { nodes, random, seconds } = drawing
  const { from, until, fault } = pattern
  /** The part of the pattern's time that is this place of so many. */
  const slot = (place: number, of: number, part: number): Span =>
    spanOf(seconds, from + ((until - from) * place) / of, from + ((until - from) * (place + part)) / of)
  const whole = slot(0, 1, 1)
  if (fault === 'slow') {
    const scope = slow.draw(countOf(drawing, pattern.share), pattern.cpuShare)(nodes, random)
    return [{ ...whole, fault, scope }]
  }
  if (fault === 'partition') {
    // Each time across other groups.
    const times = pattern.pattern === 'flapping' ? pattern.times : 1
    return Array.from({ length: times }, (_, time) => ({
      ...(times === 1 ? whole : slot(time, times, awayPart)),
      fault,
      scope: partition.draw(pattern.groups)(nodes, random),
    }))
  }
  const step = (span: Span, victims: readonly string[]): FaultStep => ({
    ...span,
    fault,
    scope: strikes(fault, victims, drawing),
  })
  if (pattern.pattern === 'cascade') {
    const { share, waves } = pattern
    return groupsOf(drawing, share, waves).map((wave, place) => step(slot(place, waves, waves - place), wave))
  }
  if (pattern.pattern === 'rolling') {
    const { share, batches } = pattern
    return groupsOf(drawing, share, batches).map((batch, place) => step(slot(place, batches, awayPart), batch))
  }
  const [victims = []] = groupsOf(drawing, pattern.share, 1)
  if (pattern.pattern === 'together') return [step(whole, victims)]
  return Array.from({ length: pattern.times }, (_, time) => step(slot(time, pattern.times, awayPart), victims))
}

const struckBy = (steps: readonly FaultStep[]): ReadonlySet<string> =>
  new Set(steps.flatMap(({ scope: { nodes = [], paths = [] } }) => [...nodes, ...paths.flatMap(endsOf)]))
const endsOf = ({ from = [], to = [] }: PathRule): readonly string[] => [...from, ...to]
const overlap = (one: FailurePattern, other: FailurePattern): boolean =>
  one.from < other.until && other.from < one.until

/**
 * What patterns come to on a mesh of these nodes under a load of so many seconds. Each pattern draws from a stream of its own,
 * and among the nodes that no earlier one of the same time strikes: the first fault to end would undo both. A partition
 * strikes nobody, it runs through all of them.
 */
export function planOf(patterns: readonly FailurePattern[], { nodes, random, seconds }: Drawing): FaultStep[] {
  const sorted = nodes.toSorted()
  const drawn: { readonly pattern: FailurePattern; readonly steps: readonly FaultStep[] }[] = []
  for (const [place, pattern] of patterns.entries()) {
    const taken = struckBy(drawn.flatMap((one) => (overlap(one.pattern, pattern) ? one.steps : [])))
    const free = pattern.fault === 'partition' ? sorted : sorted.filter((node) => !taken.has(node))
    const steps = stepsOf(pattern, {
      nodes: free,
      all: nodes.length,
      random: random.stream(`pattern ${place + 1}`),
      seconds,
    })
    drawn.push({ pattern, steps })
  }
  return drawn.flatMap(({ steps }) => steps).toSorted((one, other) => one.atMs - other.atMs)
}
