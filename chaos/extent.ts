/**
 * How long faults last and how large the meshes are that they strike, by what a run does: a release as its rows say, a quick
 * certification less of both, a gate the least that shows anything.
 */
import { sla, type ChaosRow, type ChaosRowId } from '../sla.config.ts'
import type { Random } from '../suites/contract/random.ts'
import type { Scenario } from '../suites/requirement.ts'
import { fullWindow } from './effect.ts'

type Asked = Pick<Scenario, 'plan' | 'scope'>

/** The length of a transient fault varies by so much from repeat to repeat. */
const variesMs = 1_000
/** A gate's faults: long enough for either half of a mesh to give the other up. */
const shortestS = 2.5
/** What the mesh bears lasts so long in a release, and in a gate just longer than detection may take. */
const bornS = { full: 20, compressed: sla.chaos.detectionS + 0.5 }

/** A release lets a fault last as long as its row says, a quick certification for `briefS` at most, with all that it varies by. */
function lengthMs({ plan, scope }: Asked, own: { readonly full: number; readonly compressed: number }, within = 0) {
  if (scope === 'compressed') return 1_000 * own.compressed
  const fullMs = 1_000 * own.full
  return plan === 'release' ? fullMs : Math.min(fullMs, 1_000 * sla.chaos.briefS - within)
}

/**
 * Length of a transient fault. It varies from repeat to repeat: a recovery that follows it would be the fault's length in
 * disguise.
 */
export const lasting =
  (scenario: Asked, durationS: number) =>
  (random: Random): number =>
    lengthMs(scenario, { full: durationS, compressed: shortestS }, variesMs) + random.integer(0, variesMs)

/** Length of a fault that the mesh bears. */
export const bearing = (scenario: Asked) => (): number => lengthMs(scenario, bornS)

/** Until a link's window is full, its quality counts the beacons that could not come yet as lost. */
export const windowFillsMs = Math.ceil((1_000 * fullWindow) / sla.timerProfiles['fast-detect'].beaconsPerLinkS)

/**
 * Whatever the run, as many nodes live as in virtual time, so that both can be compared. A release takes a row's large mesh: on S
 * one larger still in every tenth world, the first one included, for its faults cost ten times as much.
 */
export function nodesOf(
  { plan, scope, tier }: Asked & Pick<Scenario, 'tier'>,
  id: ChaosRowId,
): (world: number) => number {
  const { nodes } = sla.chaos
  const { nodesCompressed = nodes, releaseNodes = nodes, releaseNodesLive = nodes }: ChaosRow = sla.chaos.rows[id]
  if (tier === 'containers') return () => sla.chaos.containerNodes
  if (scope === 'compressed') return () => nodesCompressed
  if (plan !== 'release') return () => nodes
  if (tier !== 'simulation') return () => releaseNodesLive
  return (world) => (world % 10 === 0 ? releaseNodes : releaseNodesLive)
}
