/**
 * A chaos row: a planned fault repeated as often as the run's plan says, everything recorded. On live
 * tiers the started target takes one fault after the other; in simulation a world takes a few and
 * then makes room for a fresh one of another seed.
 */
import { sla, type ChaosRow as ChaosBounds, type ChaosRowId, type Tier } from '../sla.config.ts'
import { randomFrom } from '../suites/contract/random.ts'
import type { FaultScope } from '../suites/contract/control.ts'
import type { Capability } from '../suites/contract/route.ts'
import { expectOk } from '../suites/contract/outcome.ts'
import type { Random } from '../suites/contract/random.ts'
import type { Scenario, TargetWith } from '../suites/requirement.ts'
import { measureTimed, timedText } from './awaited.ts'
import { containerDriver } from './drivers/container.ts'
import { kubernetesDriver } from './drivers/kubernetes.ts'
import { processDriver } from './drivers/process.ts'
import { simulationDriver } from './drivers/simulation.ts'
import { throughToxiproxy } from './drivers/toxiproxy.ts'
import { boundsOf } from './bounds.ts'
import { runJournal, type Driver, type Journal } from './lease.ts'
import { fullWindow, type FaultKind } from './effect.ts'
import { lengthOf, nodesOf } from './extent.ts'
import { runFault, type Besides, type Spread } from './recovery.ts'
import { planHash } from './fault-plan.ts'
import { recordLaid } from './laid-fault.ts'
import { planFault } from './schedule.ts'
import { calm, expectedFrom, readNodes, steadyBefore, type Expected } from './steady.ts'
import type { Timings } from './timings.ts'

type Needs = 'mesh' | 'control'
type World = TargetWith<Needs>

export type ChaosRow<N extends Capability = Needs> = {
  readonly id: ChaosRowId
  readonly kind: FaultKind
  readonly draw: (nodes: readonly string[], random: Random) => FaultScope
  /** How long the fault lasts, drawn per repeat; null: until recovery. As `sla.chaos.rows` says unless given. */
  readonly forMs?: (random: Random) => number | null
  /** Calm before each fault, where its sign must have been absent for a while. */
  readonly calmMs?: number
  /** Size of the mesh in each world, likewise. */
  readonly nodes?: (world: number) => number
  /** Whom the loss of others makes fail in turn, while a sustained fault lasts. */
  readonly spread?: Spread
  /** What goes on beside the faults of one world. */
  readonly besides?: (scenario: Scenario<N | Needs>, world: TargetWith<N | Needs>, name: string) => Promise<Besides>
}

/** Faults that one simulated world takes before the next seed: more would hide what only a fresh mesh shows. */
const faultsPerWorld = 4

/** Runs and records the row. */
export async function repeatFault<const N extends Capability>(
  scenario: Scenario<N | Needs>,
  row: ChaosRow<N>,
): Promise<void> {
  const journal = runJournal()
  try {
    const repeats = scenario.repeats * scenario.scale
    for (let done = 0, world = 0; done < repeats; world += 1) {
      const share = scenario.tier === 'simulation' ? Math.min(faultsPerWorld, repeats - done) : repeats - done
      const healed = await inOneWorld(scenario, row, { journal, world, first: done, count: share })
      // A mesh that breaks a bound or does not come back has failed, whatever the repeats that are left would show.
      if (!healed) return
      done += share
    }
  } finally {
    journal.close()
  }
}

const usualNodes = (tier: Tier): number => sla.chaos[tier === 'containers' ? 'containerNodes' : 'nodes']

/** From outside where there is an outside, through the control plane elsewhere. */
async function driverOn(tier: Tier, world: World): Promise<Driver> {
  if (tier === 'containers') return containerDriver(world)
  if (tier === 'cluster') return kubernetesDriver(world)
  return tier === 'simulation' ? simulationDriver(world) : throughToxiproxy(world, processDriver(world))
}

type Part = {
  readonly journal: Journal
  readonly world: number
  readonly first: number
  readonly count: number
}

/** Answers whether the mesh kept its bounds and came back, after every fault. */
async function inOneWorld<const N extends Capability>(
  scenario: Scenario<N | Needs>,
  row: ChaosRow<N>,
  part: Part,
): Promise<boolean> {
  const { observe, seed, tier } = scenario
  const worldSeed = `${seed}/world-${part.world}`
  const nodes = (row.nodes ?? nodesOf(scenario, row.id))(part.world)
  // The scenario's own world stays until the row ends; a large mesh has one that is let go of when it is done with.
  const isOwn = part.world === 0 && (tier !== 'simulation' || nodes <= usualNodes(tier))
  const world = isOwn ? scenario.target : await scenario.connect(worldSeed)
  const { mesh, clock } = world
  // A driver from outside begins with what an earlier run has left.
  const driver = await driverOn(tier, world)
  expectOk('formMesh', await mesh.formMesh({ nodes }))
  const healthy = { ...expectedFrom(await readNodes(mesh)), ...windowsOf(row.id) }
  if (!(await steadyBefore(observe, { mesh, clock, expected: healthy }))) return false
  const besides = (await row.besides?.(scenario, world, `world-${part.world}`)) ?? null
  let healed = true
  try {
    for (let index = part.first; index < part.first + part.count && healed; index += 1) {
      const faultSeed = `${worldSeed}/fault-${index}`
      healed = await oneFault(scenario, row, {
        world,
        driver,
        healthy,
        besides,
        journal: part.journal,
        seed: faultSeed,
        repeatsLeft: scenario.repeats * scenario.scale - index - 1,
      })
    }
  } finally {
    await besides?.over?.()
  }
  await finalRead(scenario, world, healthy)
  if (tier === 'simulation') {
    scenario.log(`world ${part.world}: event log ${world.eventLogHash?.() ?? 'has no hash'}`)
    if (!isOwn) await world.close()
  }
  return healed
}

/** Where a row says how full the windows of a recovered mesh are. */
function windowsOf(id: ChaosRowId): Pick<Expected, 'qualityMin'> {
  const { after: { qualityMin } = {} }: ChaosBounds = sla.chaos.rows[id]
  return qualityMin === undefined ? {} : { qualityMin: qualityMin * fullWindow }
}

type Repeat = {
  readonly world: World
  readonly driver: Driver
  readonly healthy: Expected
  readonly besides: Besides | null
  readonly journal: Journal
  readonly seed: string
  /** How many follow unless this one ends the row. */
  readonly repeatsLeft: number
}

async function oneFault(scenario: Scenario<Needs>, row: Omit<ChaosRow, 'besides'>, repeat: Repeat): Promise<boolean> {
  const { observe } = scenario
  const { world, driver, healthy, besides, journal, seed, repeatsLeft } = repeat
  const random = randomFrom(seed)
  const { kind, draw } = row
  const forMs = (row.forMs ?? lengthOf(scenario, row.id))(random.stream('length'))
  const plan = planFault({ seed, random, nodes: [...healthy.alive], fault: kind.name, forMs, draw })
  const [step] = plan.steps
  if (step === undefined) throw new Error('The plan has no step.')
  const { mesh, clock } = world
  const { outage, during }: ChaosBounds = sla.chaos.rows[row.id]
  // No cascade is followed to where no quorum is left.
  const lostShareMax = Math.min(during['lostShareMax'] ?? 1, sla.chaos.schedule.takenShareMax)
  const spread = row.spread && { next: row.spread, lostShareMax }
  await clock.sleep(row.calmMs ?? 0)
  const end = await runFault({
    mesh,
    clock,
    driver,
    journal,
    kind,
    step,
    outage,
    healthy,
    besides,
    bounds: boundsOf(row.id),
    ...(spread && { spread }),
  })
  const drawn = { plan: planHash(plan), seed: plan.seed }
  const eventLogHash = world.eventLogHash?.()
  for (const laid of end.further) recordLaid(observe, laid, drawn, repeatsLeft)
  recordLaid(observe, end, { ...drawn, ...(eventLogHash !== undefined && { eventLogHash }) }, repeatsLeft)
  const { aborted } = end.record
  if (aborted !== undefined)
    scenario.log(`${kind.name} was aborted, for ${aborted.because}; ${repeatsLeft} repeats are not run`)
  if (end.timings === null) return false
  const inBounds = recordTimings(observe, row.id, end.timings)
  const allKnown = await nobodyMissed(scenario, row.id, mesh)
  const again = end.notSteadyAgain
  observe.check('the mesh is whole again once the fault is undone', again === null, again ?? '')
  const { detection, firstSuccess, recovery, givenUpFor } = end.timings
  scenario.log(
    `${kind.name}: detected ${timedText(detection)}, first success ${timedText(firstSuccess)}, steady ${timedText(recovery)}`,
  )
  if (givenUpFor !== null) scenario.log(`${kind.name}: given up, for ${givenUpFor}`)
  return inBounds && allKnown && again === null && (outage ? recovery : detection) !== null && end.besidesWell
}

/** `recovery` is judged, or `detection` where the mesh bears the fault; the others are reported, to tell slow detection from slow repair. Answers whether the bounds held. */
function recordTimings(observe: Scenario['observe'], id: ChaosRowId, timings: Timings): boolean {
  const { outage, during }: ChaosBounds = sla.chaos.rows[id]
  measureTimed(observe, 'detection', timings.detection)
  // A cascade that was broken off was given no time to recover.
  if (outage && timings.lostShare <= (during['lostShareMax'] ?? 1)) {
    measureTimed(observe, 'recovery', timings.recovery)
    measureTimed(observe, 'first success', timings.firstSuccess)
  }
  const { lostShareMax }: Partial<ChaosBounds['during']> = during
  let inBounds = true
  const bound = (claim: string, holds: boolean, found: string): void => {
    observe.check(claim, holds, found)
    inBounds &&= holds
  }
  if (lostShareMax !== undefined)
    bound(
      `the cascade stops before ${lostShareMax} of the nodes are lost`,
      timings.lostShare <= lostShareMax,
      `${timings.lostShare}`,
    )
  for (const { claim, holds, found } of boundsOf(id)) bound(claim, holds(timings), found(timings))
  return inBounds
}

/** Whom somebody still misses once all should be back. Answers whether no more are missed than the row allows. */
async function nobodyMissed({ observe }: Scenario<Needs>, id: ChaosRowId, mesh: World['mesh']): Promise<boolean> {
  const { during }: ChaosBounds = sla.chaos.rows[id]
  const { evictedForGood }: Partial<ChaosBounds['during']> = during
  if (evictedForGood === undefined) return true
  const nodes = await readNodes(mesh)
  const missed = nodes.length - Math.min(...nodes.map(({ viewSize }) => viewSize))
  observe.check(`at most ${evictedForGood} nodes are evicted for good`, missed <= evictedForGood, `${missed}`)
  return missed <= evictedForGood
}

/** The quiesced final read: no fault is active any more, everyone should know everyone. */
async function finalRead(scenario: Scenario<Needs>, world: World, healthy: Expected): Promise<void> {
  await world.clock.sleep(calm.heldMs)
  for (const node of healthy.alive) scenario.observe.history('views-converged', { type: 'alive', node })
  for (const { id, state, viewSize, viewDigest, links } of await readNodes(world.mesh)) {
    const linksUp = links.filter((link) => link.state === 'up').map(({ peer }) => peer)
    scenario.observe.history('views-converged', { type: 'view', node: id, state, viewSize, viewDigest, linksUp })
  }
}
