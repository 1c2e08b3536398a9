/**
 * About how long the chaos of a run takes, from its plan and the promises alone: whoever starts a run is told before anything is
 * observed. Live rows follow one another; simulated ones share the cores of the machine. What goes on beside another lane is
 * counted as if it came after it.
 */
import { sla, type ChaosRow, type ChaosRowId, type PlanName, type Tier } from '../../sla.config.ts'
import { isChaosRow, lengthOf, nodesOf } from '../../chaos/extent.ts'
import { reachingLies } from '../../chaos/faults/lying-storage.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import type { PlannedRow } from '../verdict/plan.ts'

type Planned = { readonly plan: PlanName; readonly rows: readonly PlannedRow[] }

type Asked = PlannedRow & { readonly plan: PlanName }

/** Before and after each fault: calm, the proof of its effect, nodes that come back, beacons that are settled. As seen of live rows, like all below. */
const aroundS = { recovered: 2, borne: 4.5, lie: 0.5 } as const
/** A row's first steady state and its last reading. */
const enclosedS = 2
/** Until the mesh, or a process, has recovered and begins to hold its steady state. */
const recoveringS = { mesh: 2, process: 1 } as const
/** An attack by calls alone. */
const attackS = 2
/** Other rows' scenarios under one fault, and how many faults take turns. */
const under = { turnS: 12, turns: 5 }
/** Processor time for a virtual second of a hundred nodes that are polled. */
const virtualSecondCostS = 0.04

/** How long one fault of a row lasts; null: until the mesh has recovered. */
function faultS(asked: Asked, id: ChaosRowId): number | null {
  const { fault }: ChaosRow = sla.chaos.rows[id]
  const told = (name: string): number => Number(fault[name] ?? 0)
  const course = told('crashes') * (told('downS') + told('upS')) + told('flapPeriodS') * (told('partitions') - 0.5)
  if (course > 0) return course
  if (told('durationS') > 0) return told('durationS')
  const lengthMs = lengthOf(asked, id)(randomFrom(asked.requirement))
  // What ends early takes next to nothing.
  const early = told('earlyOneIn') > 0 ? 1 / told('earlyOneIn') : 0
  return lengthMs === null ? null : ((1 - early) * lengthMs) / 1_000
}

/** Seconds of a row on a live tier, or of its virtual time. */
function courseS(asked: Asked): number {
  const { requirement, repeats } = asked
  if (requirement.startsWith('CHAOS-UNDER')) return under.turns * under.turnS
  if (!isChaosRow(requirement)) return enclosedS + repeats * attackS
  const row: ChaosRow = sla.chaos.rows[requirement]
  const { steadyHeldS } = sla.chaos
  if ('before' in row.fault) {
    // Lies are told in rounds of all that there are.
    const lies = Math.ceil(repeats / reachingLies.length) * reachingLies.length
    return lies * (aroundS.lie + recoveringS.process + steadyHeldS)
  }
  const eachS = row.outage ? aroundS.recovered + recoveringS.mesh + steadyHeldS : aroundS.borne
  return enclosedS + repeats * (eachS + (faultS(asked, requirement) ?? 0))
}

/** Mean over the worlds of a row: its size in one of ten may be another. */
function nodesOn(asked: Asked): number {
  const id = asked.requirement
  if (!isChaosRow(id)) return sla.chaos.nodes
  const sizes = Array.from({ length: 10 }, (_, world) => nodesOf(asked, id)(world))
  return sizes.reduce((sum, nodes) => sum + nodes, 0) / sizes.length
}

/** Seconds that the chaos rows of a plan take on each of their tiers, about. */
export function chaosSeconds({ plan, rows }: Planned, cores: number): ReadonlyMap<Tier, number> {
  const seconds = new Map<Tier, number>()
  for (const row of rows.filter(({ requirement }) => requirement.startsWith('CHAOS-'))) {
    const asked = { ...row, plan }
    const virtual = () => (virtualSecondCostS * nodesOn(asked)) / 100 / cores
    const took = courseS(asked) * (row.tier === 'simulation' ? virtual() : 1)
    seconds.set(row.tier, (seconds.get(row.tier) ?? 0) + took)
  }
  return seconds
}

/** One line about it; null where a plan has no chaos. */
export function chaosTime(planned: Planned, cores: number): string | null {
  const minutes = [...chaosSeconds(planned, cores)].map(
    ([tier, seconds]) => `${Math.max(1, Math.round(seconds / 60))} min on ${tier}`,
  )
  return minutes.length === 0 ? null : `chaos takes about ${minutes.join(', ')}`
}
