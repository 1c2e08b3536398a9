/**
 * One fault plan on one mesh in two phases. Safety: faults overlap as the plan says, peers write, and nothing that must never
 * happen may happen. Liveness: no fault is left, and within its time the mesh is whole and holds all that was acknowledged.
 */
import { sla } from '../sla.config.ts'
import type { Clock } from '../suites/contract/clock.ts'
import { faultOf, scopeTrouble } from '../suites/contract/control.ts'
import type { MeshPlane } from '../suites/contract/mesh.ts'
import type { MeshWork } from '../suites/contract/mesh-work.ts'
import { expectOk } from '../suites/contract/outcome.ts'
import type { Target } from '../suites/contract/target.ts'
import { viewDigest } from '../suites/contract/view-digest.ts'
import { joinDeltaPeer, readHeld } from '../suites/mesh/deltas.ts'
import { openReceipts } from '../suites/mesh/receipts.ts'
import { followSequences } from '../suites/mesh/sequences.ts'
import { kindNamed } from './default-mix.ts'
import { unlabelled } from './drivers/label.ts'
import { simulationDriver } from './drivers/simulation.ts'
import { readFaultPlan, type FaultPlan, type FaultStep } from './fault-plan.ts'
import { planRefusal, RefusedPlan } from './guards.ts'
import type { Driver } from './lease.ts'
import { readNodes, steadyPollMs } from './steady.ts'

const { lookMs, wholeWithinS } = sla.chaos.schedule
/** Between two looks at the mesh while faults are in force. */
export const lookEveryMs = 400
/** A target ends a lease when it gets round to it. */
const endedMs = 50

/** One step as it went. */
export type Struck = {
  readonly fault: string
  readonly fromMs: number
  readonly untilMs: number
  /** Whether its effect was seen while it was in force; null where nobody looked. */
  readonly proven: boolean | null
}

/** One step that is over, and whether its effect was seen once that is known. */
type Strike = Omit<Struck, 'proven'> & { readonly proven: () => Promise<boolean | null> }

export type ScheduleEnd = {
  /** In the order of the plan. */
  readonly struck: readonly Struck[]
  /** Instants at which links were seen to have changed their keys since the look before. */
  readonly rekeyedAtMs: readonly number[]
  /** When a delta was acknowledged, one instant each. */
  readonly acknowledgedAtMs: readonly number[]
  /** From the end of the last fault; null: it never was. */
  readonly wholeAfterMs: number | null
  /** What was wrong; empty for a mesh that bore the plan. */
  readonly wrong: readonly string[]
  /** Of the event log: the same whenever the plan is run on a world of the same seed. */
  readonly eventLogHash: string
}

export type ScheduleRun = {
  /** A simulated world of its own: nothing else may touch it. */
  readonly target: Pick<Target, 'description' | 'faults' | 'mesh' | 'control' | 'clock' | 'eventLogHash'>
  readonly plan: FaultPlan
  /** Whether each fault's effect is looked for, which takes as long as the world itself. */
  readonly proving: boolean
}

type Stage = {
  readonly mesh: MeshPlane
  readonly clock: Clock
  readonly driver: Driver
  readonly startMs: number
  readonly proving: boolean
  /** Faults in force, by id. */
  readonly inForce: Set<string>
}

/** Runs a plan; throws for one that must not be run, before anything is touched. */
export async function runSchedule({ target, plan: given, proving }: ScheduleRun): Promise<ScheduleEnd> {
  const why = unlabelled(target)
  if (why !== null) throw new RefusedPlan(`${why}.`)
  const plan = readFaultPlan(given)
  const { mesh, control, clock, eventLogHash } = target
  if (mesh === undefined || control === undefined)
    throw new Error('A schedule needs a target with the planes mesh and control: this one does not declare them.')
  for (const [place, { fault, scope, forMs }] of plan.steps.entries()) {
    const trouble = scopeTrouble(kindNamed(fault).primitive, scope)
    if (trouble !== null) throw new RefusedPlan(`step ${place + 1} (${fault}) ${trouble}.`)
    if (forMs === null)
      throw new RefusedPlan(
        `a ${fault} of a schedule ends at its time. Give it a forMs; null is for a plan of one fault.`,
      )
  }
  if (plan.steps.length === 0) throw new RefusedPlan('it has no step.')
  expectOk('formMesh', await mesh.formMesh({ nodes: plan.nodes }))
  const nodes = (await readNodes(mesh)).map(({ id }) => id)
  const refusal = planRefusal(plan, nodes)
  if (refusal !== null) throw new RefusedPlan(`${refusal}.`)
  const safety = await safetyPhase({ mesh, driver: simulationDriver({ ...target, control }), clock, plan, proving })
  const fromMs = Math.max(...safety.struck.map(({ untilMs }) => untilMs))
  const liveness = await livenessPhase({
    mesh,
    clock,
    nodes,
    acknowledged: new Set(safety.acknowledgedAtMs.keys()),
    fromMs,
  })
  return {
    struck: await Promise.all(safety.struck.map(async (one) => ({ ...one, proven: await one.proven() }))),
    rekeyedAtMs: safety.rekeyedAtMs,
    acknowledgedAtMs: [...safety.acknowledgedAtMs.values()],
    wholeAfterMs: liveness.wholeAfterMs,
    wrong: [...safety.wrong, ...liveness.lacks],
    eventLogHash: eventLogHash?.() ?? '',
  }
}

type Safety = {
  readonly mesh: MeshPlane
  readonly driver: Driver
  readonly clock: Clock
  readonly plan: FaultPlan
  readonly proving: boolean
}

async function safetyPhase({ mesh, driver, clock, plan, proving }: Safety) {
  const stage: Stage = {
    mesh,
    clock,
    driver,
    startMs: clock.nowMs(),
    proving,
    inForce: new Set(),
  }
  let isOver = false
  const writer = await openWriter(mesh, clock)
  const receipts = await openReceipts({ mesh, clock })
  const rekeyedAtMs: number[] = []
  const wrong = new Set<string>()
  const lies = plan.steps.some(({ fault }) => kindNamed(fault).falsifies === true)
  const look = async (): Promise<void> => {
    let rekeyed = 0
    while (!isOver) {
      await writer.post()
      const work = expectOk('meshWork', await mesh.meshWork({}))
      for (const trouble of [...impossible(work), ...(lies ? [] : accused(work))]) wrong.add(trouble)
      if (work.linksRekeyed > rekeyed) rekeyedAtMs.push(clock.nowMs())
      rekeyed = work.linksRekeyed
      await clock.sleep(lookEveryMs)
    }
  }
  const reading = receipts.readUntil(() => isOver)
  const looking = look()
  // Their rejections are thrown where the faults end; until then they must not count as unhandled.
  for (const running of [reading, looking]) running.catch(() => undefined)
  const struck = await Promise.all(plan.steps.map((step) => strike(step, stage))).finally(() => {
    isOver = true
  })
  await looking
  const read = await reading
  const unread = read.dropped + read.malformed
  if (unread > 0) wrong.add(`${unread} receipts that nobody could read`)
  if (read.receipts.link.length === 0) wrong.add('no beacon was used all the while')
  const forged = read.receipts.scheduledAtMs.filter((scheduled) => scheduled === 0).length
  if (forged > 0) wrong.add(`${forged} beacons used that nobody sent`)
  const { repeated } = followSequences(read.receipts, Number.POSITIVE_INFINITY)
  if (repeated > 0) wrong.add(`${repeated} beacons used twice`)
  return { struck, rekeyedAtMs, acknowledgedAtMs: writer.acknowledgedAtMs, wrong }
}

/** Does one step at its time, under a lease that is exactly as long: nobody has to be there for its end. */
async function strike({ atMs, fault, scope, forMs }: FaultStep, stage: Stage): Promise<Strike> {
  const { mesh, clock, driver, startMs, inForce } = stage
  const kind = kindNamed(fault)
  if (forMs === null) throw new Error(`A ${fault} without an end was let through.`)
  const until = async (instantMs: number): Promise<void> => clock.sleep(Math.max(0, instantMs - clock.nowMs()))
  // Whether anybody looks must not move the fault: what is before it is looked at in time.
  await until(startMs + atMs - lookMs)
  const before = stage.proving ? kind.probe({ mesh, clock, scope, hits: kind.hits(scope) }) : undefined
  await until(startMs + atMs)
  const order = { fault, strike: faultOf(kind.primitive, scope), leaseMs: forMs, along: [...inForce] }
  await driver.arm(order)
  const applied = await driver.inject(order)
  inForce.add(applied.id)
  const untilMs = applied.atMs + forMs
  // A probe that sees nothing looks on for seconds; how soon the mesh is whole does not wait for that.
  const proof = before?.then((prove) => prove({ appliedAtMs: applied.atMs, renew: async () => undefined }))
  proof?.catch(() => undefined)
  await until(untilMs)
  await clock.sleep(endedMs)
  inForce.delete(applied.id)
  const proven = async (): Promise<boolean | null> => {
    if (proof === undefined) return null
    const { provenAtMs } = await proof
    // What is seen once it is over is some other fault's effect.
    return provenAtMs !== null && provenAtMs <= untilMs
  }
  return { fault, fromMs: applied.atMs, untilMs, proven }
}

/** A peer that posts deltas, and remembers which of them were acknowledged. */
async function openWriter(mesh: MeshPlane, clock: Clock) {
  const acknowledgedAtMs = new Map<string, number>()
  const writer = await joinDeltaPeer({ mesh, world: 'schedule', observe: { history: () => undefined } }, 'writer')
  let posted = 0
  const post = async (): Promise<void> => {
    posted += 1
    const { id, outcome } = await writer.post(`delta ${posted}`)
    if (outcome.ok) acknowledgedAtMs.set(id, clock.nowMs())
  }
  return { post, acknowledgedAtMs }
}

/** What no fault may ever bring about. */
function impossible(work: MeshWork): string[] {
  const { beaconsOffered, beaconsUsed, beaconsFinal, beaconsRetracted, datagramsAccepted, macsVerified } = work
  return [
    ...(beaconsUsed > beaconsOffered ? ['more beacons are used than were offered'] : []),
    ...(beaconsFinal + beaconsRetracted > beaconsUsed ? ['more beacons are settled than were used'] : []),
    ...(datagramsAccepted > macsVerified ? ['datagrams are accepted whose MAC nobody verified'] : []),
  ]
}

/** Reasons of refusal that need somebody who lies or errs, or a datagram that was changed on its way. */
const needsLies = ['mac', 'equivocation', 'notice-signature', 'root-signature', 'root-proof', 'root-leaves', 'seal']

const accused = ({ refused }: MeshWork): string[] =>
  needsLies.filter((reason) => (refused[reason] ?? 0) > 0).map((reason) => `refused as ${reason}, and nobody lied`)

type Liveness = {
  readonly mesh: MeshPlane
  readonly clock: Clock
  readonly nodes: readonly string[]
  readonly acknowledged: ReadonlySet<string>
  /** End of the last fault. */
  readonly fromMs: number
}

async function livenessPhase(watched: Liveness) {
  const { clock, fromMs } = watched
  for (;;) {
    const lacks = await lacking(watched)
    const passedMs = clock.nowMs() - fromMs
    if (lacks.length === 0) return { wholeAfterMs: passedMs, lacks }
    if (passedMs > 1_000 * wholeWithinS) return { wholeAfterMs: null, lacks }
    await clock.sleep(4 * steadyPollMs)
  }
}

/** What is not yet as it was before the faults: empty once the mesh is whole. */
async function lacking({ mesh, nodes, acknowledged }: Liveness): Promise<string[]> {
  const all = viewDigest(nodes)
  const lacks = (await readNodes(mesh)).flatMap(({ id, state, viewSize, viewDigest: told, links }) => [
    ...(state === 'up' ? [] : [`${id} is ${state}`]),
    ...(viewSize === nodes.length ? [] : [`${id} sees ${viewSize} of ${nodes.length} members`]),
    ...(viewSize !== nodes.length || told === all ? [] : [`${id} sees as many as there are, but not just them`]),
    ...(links.some((link) => link.state === 'up') ? [] : [`${id} has no link`]),
  ])
  if (lacks.length > 0) return lacks
  const lost = async (node: string): Promise<string[]> => {
    const held = new Set(await readHeld(mesh, node))
    const missing = [...acknowledged].filter((id) => !held.has(id)).length
    return missing === 0 ? [] : [`${node} lacks ${missing} of ${acknowledged.size} acknowledged deltas`]
  }
  return (await Promise.all(nodes.map(lost))).flat()
}
