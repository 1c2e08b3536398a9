/** The surroundings of a load: the mesh that it meets, and faults by the patterns of its shape while it runs. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sla, type LoadShape } from '../../sla.config.ts'
import { kindNamed } from '../../chaos/default-mix.ts'
import { controlPlaneDriver } from '../../chaos/drivers/control-plane.ts'
import { planOf } from '../../chaos/failure-pattern.ts'
import type { FaultStep } from '../../chaos/fault-plan.ts'
import { planRefusal } from '../../chaos/guards.ts'
import { recordLaid } from '../../chaos/laid-fault.ts'
import { fileJournal, underLease, type Driver, type HeldLease, type Journal } from '../../chaos/lease.ts'
import { faultOf } from '../../suites/contract/control.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import type { Target } from '../../suites/contract/target.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { wholePremise } from '../../suites/mesh/formation.ts'
import { seedOf, type RowAttempt } from './row-recorder.ts'

type Mesh = NonNullable<Target['mesh']>

/**
 * How long a look at the offered beacons takes, and how far they may be off. In windows of 5 s an idle
 * mesh of 100 nodes was off by 0.03 % at most; the two readings of this one add an answer's time each.
 */
const intensityMs = 2_000
const intensityTolerance = 0.02
/** Longer than any step of a pattern waits between two renewals. */
const leaseMs = 3_000
const pollMs = 100
const returnMs = 5_000
/** Before a step the traffic that it will stop is looked at. */
const lookMs = 400

/** Forms the mesh that the shape asks for, size by size; nodes and the beacons that they offer are checked, not believed. */
export async function formMeshFor({ mesh: wanted }: LoadShape, target: Target, observe: Observe): Promise<void> {
  if (wanted === undefined) return
  const { mesh } = target
  if (mesh === undefined) throw new Error('The load needs a mesh of its own, and the target declares no mesh plane.')
  const { nodes, grownFrom = [], timerProfile } = wanted
  for (const size of [...grownFrom, nodes]) {
    expectOk('formMesh', await mesh.formMesh({ nodes: size, timerProfile }))
    await observeMesh(size, target, mesh, observe)
  }
}

async function observeMesh(wanted: number, { clock }: Target, mesh: Mesh, observe: Observe): Promise<void> {
  const { nodes, beaconsPerNodeS } = expectOk('meshStatus', await mesh.meshStatus({}))
  const up = expectOk('meshNodes', await mesh.meshNodes({})).filter(({ state }) => state === 'up').length
  const spawned = nodes === wanted && up === wanted
  observe.check('the mesh has the nodes asked for', spawned, `${nodes} stated, ${up} up, ${wanted} wanted`)
  const offered = async () => expectOk('meshWork', await mesh.meshWork({})).beaconsOffered
  const [from, fromMs] = [await offered(), clock.nowMs()]
  await clock.sleep(intensityMs)
  const perSecond = ((await offered()) - from) / ((clock.nowMs() - fromMs) / 1_000)
  const stated = wanted * beaconsPerNodeS
  const promised = wanted * sla.mesh.beaconsPerNodeS
  const near = Math.abs(perSecond - stated) <= intensityTolerance * stated
  observe.check('beacons are offered at the stated intensity', near, `${Math.round(perSecond)} of ${stated} a second`)
  // A target that states little and does it would be near as well.
  const enough = perSecond >= (1 - intensityTolerance) * promised
  observe.check(
    "beacons are offered at the load's intensity",
    enough,
    `${Math.round(perSecond)} of ${promised} a second`,
  )
  observe.count(`beacons offered in a second by ${wanted} nodes`, '1', perSecond, 1)
}

type Pattern = {
  readonly shape: LoadShape
  readonly seconds: number
  /** Host ms at which the load starts; null: now. */
  readonly startAtMs: number | null
  readonly target: Target
  readonly observe: Observe
  readonly attempt: RowAttempt
}

type Stage = {
  readonly mesh: Mesh
  readonly clock: Target['clock']
  readonly driver: Driver
  readonly journal: Journal
  readonly observe: Observe
  readonly startMs: number
  /** Faults in force, by id. */
  readonly inForce: Set<string>
  /** Waits until nobody else begins a fault; what it answers lets the next one begin. */
  readonly begin: () => Promise<() => void>
}

/** One after the other: a driver that begins a fault must know of all that are in force. */
function inTurn(): Stage['begin'] {
  let last: Promise<void> = Promise.resolve()
  return async () => {
    const before = last
    const turn = Promise.withResolvers<void>()
    last = turn.promise
    await before
    return turn.resolve
  }
}

/** Injects the faults of the patterns, each under a lease, proven to have taken effect and to be gone; then the mesh must be whole again. */
export async function failByPattern(pattern: Pattern): Promise<void> {
  const { shape, seconds, startAtMs, target, observe, attempt } = pattern
  const { mesh, control, clock } = target
  if (shape.failures === undefined) return
  if (mesh === undefined || control === undefined)
    throw new Error('The load has a pattern of failures: the target must declare mesh and control for them.')
  const nodes = expectOk('meshNodes', await mesh.meshNodes({})).map(({ id }) => id)
  const random = randomFrom(seedOf(attempt)).stream('failures')
  const steps = planOf(shape.failures, { nodes, random, seconds })
  if (steps.length === 0) return
  const refusal = planRefusal({ steps }, nodes)
  if (refusal !== null) throw new Error(`The failures of the load are refused, and nothing was touched: ${refusal}.`)
  const stage = {
    mesh,
    clock,
    driver: controlPlaneDriver('process', { ...target, control }),
    journal: fileJournal(join(attempt.runDirectory, 'faults.ndjson')),
    observe,
    startMs: startAtMs ?? clock.nowMs(),
    inForce: new Set<string>(),
    begin: inTurn(),
  }
  const struck = await Promise.allSettled(steps.map((step) => strike(step, stage)))
  stage.journal.close()
  // Every fault has ended before one may throw.
  const failed = struck.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
  const { measured, detail = '' } = await wholePremise(mesh, clock)
  observe.check('the mesh is whole again after the failures', measured === 0, detail)
}

/** One step at its time. A fault that came before may still be in force, and must be: see `along`. */
async function strike({ atMs, fault, scope, forMs }: FaultStep, stage: Stage): Promise<void> {
  const { mesh, clock, driver, journal, observe, startMs, inForce } = stage
  const kind = kindNamed(fault)
  const untilMs = startMs + atMs + (forMs ?? 0)
  await delay(Math.max(0, startMs + atMs - lookMs - clock.nowMs()))
  const prove = await kind.probe({ mesh, clock, scope, hits: kind.hits(scope) })
  await delay(Math.max(0, startMs + atMs - clock.nowMs()))
  const begun = await stage.begin()
  let id = ''
  try {
    const laid = await underLease({
      driver,
      clock,
      journal,
      order: { fault: kind.name, strike: faultOf(kind.primitive, scope), leaseMs, along: [...inForce] },
      prove: ({ applied, renew }) => {
        id = applied.id
        inForce.add(id)
        begun()
        return prove({ appliedAtMs: applied.atMs, renew })
      },
      run: (lease) => holdUntil(lease, untilMs, clock),
      proveUndone: () => stillDown(mesh, kind.downs(scope)),
    })
    recordLaid(observe, laid, {})
  } finally {
    inForce.delete(id)
    begun()
  }
}

async function holdUntil(lease: HeldLease, untilMs: number, clock: Target['clock']): Promise<void> {
  while (clock.nowMs() < untilMs) {
    await lease.renew()
    await delay(Math.min(pollMs, Math.max(1, untilMs - clock.nowMs())))
  }
}

async function stillDown(mesh: Mesh, victims: readonly string[]): Promise<readonly string[]> {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const nodes = expectOk('meshNodes', await mesh.meshNodes({}))
    const down = victims.filter((id) => nodes.find((node) => node.id === id)?.state !== 'up')
    if (down.length === 0 || waitedMs > returnMs) return down.map((id) => `${id} is still down`)
    await delay(pollMs)
  }
}
