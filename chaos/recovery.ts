/**
 * One planned fault from steady state to steady state: detection, first success and steady state are
 * timed apart. Recovery ends at the start of the first steady state that is then held. What is awaited
 * is asked for as often as the promised resolution takes, what is held or only watched less often.
 */
import { sla } from '../sla.config.ts'
import type { Clock } from '../suites/contract/clock.ts'
import { faultOf, type FaultScope } from '../suites/contract/control.ts'
import type { MeshNode, MeshPlane } from '../suites/contract/mesh.ts'
import { armAlarm, outageAlarm, type Alarm } from './alarm.ts'
import { asking, pauseMs, Awaited, type Known, type Question } from './awaited.ts'
import type { Bound } from './bounds.ts'
import { openPassages, type EffectProof, type FaultKind, type Hits } from './effect.ts'
import type { Laid } from './laid-fault.ts'
import { underLease, type Driver, type HeldLease, type Journal, type LeaseRecord } from './lease.ts'
import type { FaultStep } from './fault-plan.ts'
import { cutOff, demandQuorum } from './guards.ts'
import { detect, meanwhile, noticing, type IsNoticed } from './noticing.ts'
import { newWatch, note, sidesOf, type Watch } from './sight.ts'
import { timings, type Timings } from './timings.ts'
import { firstUnsteady, readNodes, steadyPollMs, waitSteady, type Expected } from './steady.ts'

/** What a row does beside its fault. */
export type Besides = {
  /** In the steady mesh, which is as read here, just before the fault of this scope, which waits for it; what it starts goes on by itself. */
  readonly begin: (scope: FaultScope, before: readonly MeshNode[]) => void | Promise<void>
  /** The fault was injected at that instant. */
  readonly struck?: (fault: { readonly atMs: number; readonly scope: FaultScope }) => void
  /** What the nodes report, every time that they are asked while the fault is in force. */
  readonly see?: (nodes: readonly MeshNode[]) => void
  /** The living are steady again, or given up, and a sustained fault is still in force. */
  readonly atRecovery: (living: readonly string[], lease: HeldLease) => Promise<void>
  /** Everyone should be back. Answers whether there is any point in going on. */
  readonly end: () => Promise<boolean>
  /** The last call of a fault, whatever broke off before: nothing of it goes on into the next row. Does not throw. */
  readonly stop: () => Promise<void>
  /** Its world takes no more faults: what was lent for all of them is given back. */
  readonly over?: () => Promise<void>
}

export type FaultRun = {
  readonly mesh: MeshPlane
  readonly clock: Clock
  readonly driver: Driver
  readonly journal: Journal
  readonly kind: FaultKind
  readonly step: FaultStep
  /** False where the mesh must bear the fault: then nothing needs to recover, and only its detection is timed. */
  readonly outage: boolean
  /** The healthy mesh, everyone alive. */
  readonly healthy: Expected
  readonly besides: Besides | null
  /** What ends the fault before its time where it stays broken. */
  readonly bounds: readonly Bound[]
  /** For a sustained fault that draws others in; it is followed no further once more than a share of all nodes is lost. */
  readonly spread?: { readonly next: Spread; readonly lostShareMax: number }
}

/** Who fails next, for what the loss of others has done to it; `before` is the healthy mesh. */
export type Spread = (now: readonly MeshNode[], before: readonly MeshNode[]) => readonly string[]

export type FaultEnd = {
  readonly proof: EffectProof
  readonly record: LeaseRecord
  /** Faults that followed from it, the last first. */
  readonly further: readonly Laid[]
  readonly timings: Timings | null
  /** Null once everyone is back and steady, otherwise what is wrong: the mesh's failure, not the fault's residue. */
  readonly notSteadyAgain: string | null
  /** Whether what went on beside the fault ended well. */
  readonly besidesWell: boolean
}

const heldMs = sla.chaos.steadyHeldS * 1_000
/** What has taken longer has broken its promise, however exactly it is known. */
const inTimeMs = { detection: sla.chaos.detectionS * 1_000, recovery: sla.chaos.recoveryS * 1_000 } as const
const leaseMs = sla.chaos.leaseS * 1_000
/** Longer than any promise: what is not steady by then is censored. */
const giveUpMs = 30_000
const rejoinMs = 20_000

/** Runs one step of a plan under its lease. The mesh must be steady when it begins, and is when it ends well. */
export async function runFault(run: FaultRun): Promise<FaultEnd> {
  try {
    return await course(run)
  } finally {
    await run.besides?.stop()
  }
}

async function course(run: FaultRun): Promise<FaultEnd> {
  const { mesh, clock, driver, journal, kind, step, healthy, besides } = run
  const { scope, forMs } = step
  const nodes = [...healthy.alive]
  demandQuorum(new Set([...kind.downs(scope), ...cutOff(scope, nodes)]), nodes)
  await clock.sleep(step.atMs)
  const hits = kind.hits(scope)
  const prove = await kind.probe({ mesh, clock, scope, hits })
  const before = await readNodes(mesh)
  const isSigned = await kind.signs?.(mesh)
  await besides?.begin(scope, before)
  const further: Laid[] = []
  const isNoticed = noticing(run, before, isSigned)
  let watch = newWatch(clock.nowMs())
  const { value, proof, record } = await underLease<Timings>({
    driver,
    clock,
    journal,
    order: { fault: kind.name, strike: faultOf(kind.primitive, scope), leaseMs },
    prove: ({ applied: { atMs }, renew }) => {
      watch = newWatch(atMs)
      return meanwhile(prove({ appliedAtMs: atMs, renew }), (isOver) =>
        detect(run, watch.detection, { isNoticed, isOver }),
      )
    },
    run: async (lease) => {
      besides?.struck?.({ atMs: lease.applied.atMs, scope })
      if (forMs !== null)
        return run.outage
          ? afterItEnds(run, lease, hits, { watch, isNoticed, forMs })
          : bearingIt(run, lease, { watch, isNoticed, forMs })
      const down = new Set(kind.downs(scope))
      const found = await whileItLasts(run, {
        leases: [lease],
        down,
        before,
        linksBefore: linkSet(before),
        watch,
        isNoticed,
        alarm: armAlarm(run.bounds),
        further,
      })
      const living = [...healthy.alive].filter((node) => !down.has(node))
      if (lease.aborted() === null) await besides?.atRecovery(living, lease)
      return found
    },
    proveUndone: () => stillDown(run, kind.downs(scope)),
  })
  // What was given up after a transient fault was waited for long enough.
  const isGivenUp = forMs !== null && value !== null && value.givenUpFor !== null
  const notSteadyAgain = isGivenUp
    ? value.givenUpFor
    : await waitSteady({ mesh, clock, expected: healthy, heldMs: 0, timeoutMs: rejoinMs })
  // What goes on beside a fault is not judged by one that was not held to its end.
  const besidesWell = record.aborted === undefined && ((await besides?.end()) ?? true)
  return { proof, record, further, timings: value, notSteadyAgain, besidesWell }
}

/** What the fault itself leaves: nodes that the target did not start again. How well they rejoin is another question. */
export async function stillDown(
  { mesh, clock }: Pick<FaultRun, 'mesh' | 'clock'>,
  wanted: readonly string[],
): Promise<readonly string[]> {
  const deadlineMs = clock.nowMs() + leaseMs
  for (;;) {
    const nodes = await readNodes(mesh)
    const down = wanted.filter((id) => nodes.find((node) => node.id === id)?.state !== 'up')
    if (down.length === 0 || clock.nowMs() > deadlineMs) return down.map((id) => `${id} is still down`)
    await clock.sleep(steadyPollMs)
  }
}

const linkSet = (nodes: readonly MeshNode[]): ReadonlySet<string> =>
  new Set(nodes.flatMap(({ id, links }) => links.map(({ peer }) => `${id}>${peer}`)))

type Loss = {
  /** The healthy mesh, and the links that were there just before the last of the faults. */
  readonly before: readonly MeshNode[]
  readonly linksBefore: ReadonlySet<string>
  readonly watch: Watch
  readonly isNoticed: IsNoticed
  readonly alarm: Alarm
  /** Of the faults in force, the first one first. */
  readonly leases: readonly HeldLease[]
  readonly down: ReadonlySet<string>
  readonly further: Laid[]
}

/** A sustained fault: the mesh must become steady without the nodes that are down, after the last one that it drew in. */
async function whileItLasts(run: FaultRun, loss: Loss): Promise<Timings> {
  const { healthy, spread } = run
  const { before, down, leases, linksBefore, watch, isNoticed, alarm } = loss
  const alive = new Set([...healthy.alive].filter((node) => !down.has(node)))
  const renew = async () => void (await Promise.all(leases.map((lease) => lease.renew())))
  const sides = sidesOf(healthy.alive, [], down)
  const injectedAtMs = leases[0]?.applied.atMs ?? 0
  const fromMs = leases.at(-1)?.applied.atMs ?? 0
  watch.firstSuccess = new Awaited(fromMs)
  let next: readonly string[] = []
  const steady = await steadySince(run, watch, {
    expected: { ...healthy, alive },
    fromMs,
    renew,
    see: async ({ answer: nodes, ...question }) => {
      run.besides?.see?.(nodes)
      const seen = note(watch, nodes, { alive, all: healthy.alive.size, sides })
      if (watch.detection.known === null) watch.detection.look(await isNoticed(nodes), question)
      const isFresh = nodes.some(
        ({ id, links }) =>
          alive.has(id) && links.some(({ peer, state }) => state === 'up' && !linksBefore.has(`${id}>${peer}`)),
      )
      if (watch.firstSuccess.known === null) watch.firstSuccess.look(isFresh, question)
      const nowMs = question.answeredAtMs
      const because = alarm.see(seen, nowMs) ?? outageAlarm(watch.givenUpFor, { sinceMs: fromMs, nowMs })
      if (because !== null) await Promise.all(leases.map((lease) => lease.abort(because)))
      if (because !== null) return false
      next = spread?.next(nodes, before).filter((node) => alive.has(node)) ?? []
      return next.length === 0
    },
  })
  const lostShare = (down.size + next.length) / healthy.alive.size
  const told = (known: Known | null) => timings(watch, { injectedAtMs, fromMs, steady: known, lostShare })
  if (next.length === 0) return told(steady)
  if (lostShare > (spread?.lostShareMax ?? 1)) return told(null)
  return (await drawnIn(run, loss, next)) ?? told(null)
}

/** Further nodes fail on top of those that have. */
async function drawnIn(run: FaultRun, loss: Loss, nodes: readonly string[]): Promise<Timings | null> {
  const { mesh, clock, driver, journal, kind } = run
  const { leases } = loss
  const scope = { nodes: [...nodes] }
  const prove = await kind.probe({ mesh, clock, scope, hits: kind.hits(scope) })
  const linksBefore = linkSet(await readNodes(mesh))
  const along = leases.map(({ applied }) => applied.id)
  const { value, proof, record } = await underLease<Timings>({
    driver,
    clock,
    journal,
    order: { fault: kind.name, strike: faultOf(kind.primitive, scope), leaseMs, along },
    prove: ({ applied, renew }) =>
      prove({
        appliedAtMs: applied.atMs,
        renew: async () => void (await Promise.all([renew(), ...leases.map((lease) => lease.renew())])),
      }),
    run: (lease) =>
      whileItLasts(run, {
        ...loss,
        linksBefore,
        leases: [...leases, lease],
        down: new Set([...loss.down, ...nodes]),
      }),
    proveUndone: () => stillDown(run, nodes),
  })
  loss.further.push({ proof, record })
  return value
}

/** A fault of fixed length: how it is noticed, and how long it lasts. */
type Lasting = { readonly watch: Watch; readonly isNoticed: IsNoticed; readonly forMs: number }

/** A fault that the mesh bears: who notices it, and who is wronged meanwhile. */
async function bearingIt(run: FaultRun, lease: HeldLease, lasting: Lasting): Promise<Timings> {
  await watchUntil(run, lease, lasting)
  const { atMs } = lease.applied
  return timings(lasting.watch, { injectedAtMs: atMs, fromMs: atMs, steady: null })
}

/** Looks at the nodes while a fault of fixed length is in force, which it ends before its time where it breaks a bound for good. */
async function watchUntil(run: FaultRun, lease: HeldLease, { watch, isNoticed, forMs }: Lasting): Promise<void> {
  const { mesh, clock, healthy, kind, step } = run
  const endMs = lease.applied.atMs + forMs
  const dead = new Set(kind.downs(step.scope))
  const gone = new Set([...dead, ...(kind.severs?.(step.scope) ?? [])])
  const sides = sidesOf(healthy.alive, kind.apart?.(step.scope) ?? [], gone)
  const alive = new Set([...healthy.alive].filter((node) => !dead.has(node)))
  const alarm = armAlarm(run.bounds)
  const inTimeUntilMs = lease.applied.atMs + inTimeMs.detection
  const { detection } = watch
  while (clock.nowMs() < endMs) {
    const seen = await asking(clock, () => readNodes(mesh))
    run.besides?.see?.(seen.answer)
    const shown = note(watch, seen.answer, { alive, all: healthy.alive.size, sides })
    if (detection.known === null) {
      const isThere = await isNoticed(seen.answer)
      detection.look(isThere, { ...seen, answeredAtMs: clock.nowMs() })
    }
    const because = alarm.see(shown, seen.answeredAtMs)
    if (because !== null) return lease.abort(because)
    await lease.renew()
    const isAwaited = detection.known === null && clock.nowMs() < inTimeUntilMs
    const nextMs = isAwaited ? pauseMs(clock, seen) : steadyPollMs
    await clock.sleep(Math.min(nextMs, Math.max(1, endMs - clock.nowMs())))
  }
}

/** A transient fault: recovery counts from its end, first success is the first beacon that passes again. */
async function afterItEnds(run: FaultRun, lease: HeldLease, hits: Hits, lasting: Lasting): Promise<Timings> {
  const { mesh, clock, healthy } = run
  const { watch } = lasting
  await watchUntil(run, lease, lasting)
  const passages = await openPassages(mesh)
  const { atMs: fromMs } = await lease.end()
  watch.firstSuccess = new Awaited(fromMs)
  const steady = await steadySince(run, watch, {
    expected: healthy,
    fromMs,
    renew: async () => undefined,
    see: async () => {
      if (watch.firstSuccess.known !== null) return true
      const seen = await asking(clock, () => passages.read())
      const across = seen.answer.flatMap(({ origin, receiver, usedAtMs }) =>
        usedAtMs >= fromMs && hits(origin, receiver) ? usedAtMs : [],
      )
      if (across.length > 0) watch.firstSuccess.told(Math.min(...across), seen)
      else watch.firstSuccess.look(false, seen)
      return true
    },
  })
  return timings(watch, { injectedAtMs: lease.applied.atMs, fromMs, steady })
}

type Recovering = {
  readonly expected: Expected
  readonly fromMs: number
  readonly renew: () => Promise<void>
  /** Answers whether to wait on. */
  readonly see: (seen: Question & { readonly answer: readonly MeshNode[] }) => Promise<boolean>
}

/** Start of the first steady state that was then held for 5 s; null when there was none within 30 s. */
async function steadySince(
  { mesh, clock }: FaultRun,
  watch: Watch,
  { expected, fromMs, renew, see }: Recovering,
): Promise<Known | null> {
  const giveUpAtMs = clock.nowMs() + giveUpMs
  const unsteadyIn = firstUnsteady(expected)
  const steady = new Awaited(fromMs)
  while (clock.nowMs() < giveUpAtMs || steady.known !== null) {
    const seen = await asking(clock, () => readNodes(mesh))
    if (!(await see(seen))) return null
    watch.givenUpFor = unsteadyIn(seen.answer)
    const known = steady.look(watch.givenUpFor === null, seen)
    if (known !== null && seen.answeredAtMs - known.atMs >= heldMs) return known
    await renew()
    const isAwaited = known === null && clock.nowMs() < fromMs + inTimeMs.recovery
    await clock.sleep(isAwaited ? pauseMs(clock, seen) : steadyPollMs)
  }
  return null
}
