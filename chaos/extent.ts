/**
 * How long faults last and how large the meshes are that they strike, by what a run does: a release as its rows say, a quick
 * certification less of both, a gate the least that shows anything. What a row is labelled follows from the same numbers.
 */
import { sla, type ChaosRow, type ChaosRowId, type PlanName } from '../sla.config.ts'
import type { Random } from '../suites/contract/random.ts'
import type { Scenario } from '../suites/requirement.ts'
import { fullWindow } from './effect.ts'

type Asked = Pick<Scenario, 'plan'>

type Rows = typeof sla.chaos.rows
/** Rows whose fault has a length of this kind. */
type WithLength<Kind extends 'transientS' | 'borneS'> = {
  [Id in ChaosRowId]: Rows[Id] extends Readonly<Record<Kind, number>> ? Id : never
}[ChaosRowId]

/** The length of a transient fault varies by so much from repeat to repeat. */
const variesMs = 1_000
/** A gate's transient faults: long enough for either half of a mesh to give the other up. */
const transientGateS = 2.5
/** What the mesh bears lasts in a gate just longer than detection may take. */
const borneGateS = sla.chaos.detectionS + 0.5

/** A release lets a fault last as long as its row says, a quick certification for `briefS` at most, with all that it varies by. */
const plannedMs = (
  plan: PlanName,
  { fullS, gateS, within }: { fullS: number; gateS: number; within: number },
): number =>
  ({
    release: 1_000 * fullS,
    quick: Math.min(1_000 * fullS, 1_000 * sla.chaos.briefS - within),
    gate: 1_000 * gateS,
  })[plan]

const transientMs = (plan: PlanName, fullS: number): number =>
  plannedMs(plan, { fullS, gateS: transientGateS, within: variesMs })
const borneMs = (plan: PlanName, fullS: number): number => plannedMs(plan, { fullS, gateS: borneGateS, within: 0 })

/**
 * Length of a row's transient fault. It varies from repeat to repeat: a recovery that follows it would be the fault's length
 * in disguise.
 */
export function lasting({ plan }: Asked, id: WithLength<'transientS'>): (random: Random) => number {
  const leastMs = transientMs(plan, sla.chaos.rows[id].transientS)
  return (random) => leastMs + random.integer(0, variesMs)
}

/** Length of a row's fault that the mesh bears. */
export function bearing({ plan }: Asked, id: WithLength<'borneS'>): () => number {
  const lengthMs = borneMs(plan, sla.chaos.rows[id].borneS)
  return () => lengthMs
}

const isIn =
  <Kind extends 'transientS' | 'borneS'>(kind: Kind) =>
  (id: ChaosRowId): id is WithLength<Kind> =>
    kind in sla.chaos.rows[id]
const isTransient = isIn('transientS')
const isBorne = isIn('borneS')

/** Length of a row's fault in ms, drawn per repeat; null: until the mesh has recovered. */
export function lengthOf(asked: Asked, id: ChaosRowId): (random: Random) => number | null {
  if (isTransient(id)) return lasting(asked, id)
  return isBorne(id) ? bearing(asked, id) : () => null
}

/** Until a link's window is full, its quality counts the beacons that could not come yet as lost. */
export const windowFillsMs = Math.ceil((1_000 * fullWindow) / sla.timerProfiles['fast-detect'].beaconsPerLinkS)

/** Every so many worlds one has the larger mesh of a release, the first one included. */
const worldsPerLarge = 10

/**
 * Whatever the run, as many nodes live as in virtual time, so that both can be compared. A release takes a row's large mesh: on S
 * one larger still in every tenth world, the first one included, for its faults cost ten times as much.
 */
export function nodesOf({ plan, tier }: Asked & Pick<Scenario, 'tier'>, id: ChaosRowId): (world: number) => number {
  const { nodes } = sla.chaos
  const { gateNodes = nodes, releaseNodes = nodes, releaseNodesLive = nodes }: ChaosRow = sla.chaos.rows[id]
  if (tier === 'containers') return () => sla.chaos.containerNodes
  if (plan === 'gate') return () => gateNodes
  if (plan === 'quick') return () => nodes
  if (tier !== 'simulation') return () => releaseNodesLive
  return (world) => (world % worldsPerLarge === 0 ? releaseNodes : releaseNodesLive)
}

/** Whether a requirement is a row of `sla.chaos.rows`. */
export const isChaosRow = (id: string): id is ChaosRowId => Object.hasOwn(sla.chaos.rows, id)

/** Whether a plan's faults of a row are shorter, or a mesh that they strike is smaller, than in a release. Of any id: false for what is no row here. */
export function isLessThanRelease({ plan, tier }: Asked & Pick<Scenario, 'tier'>, id: string): boolean {
  if (!isChaosRow(id)) return false
  const { transientS = 0, borneS = 0 }: ChaosRow = sla.chaos.rows[id]
  const isShorter =
    transientMs(plan, transientS) < transientMs('release', transientS) ||
    borneMs(plan, borneS) < borneMs('release', borneS)
  const [taken, full] = [nodesOf({ plan, tier }, id), nodesOf({ plan: 'release', tier }, id)]
  return (
    isShorter || Array.from({ length: worldsPerLarge }, (_, world) => world).some((world) => taken(world) < full(world))
  )
}
