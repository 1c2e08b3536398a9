import { fileURLToPath } from 'node:url'
import { sla } from '../../sla.config.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import { withWorkloads } from '../../suites/contract/workloads.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { auditDifference, auditHost } from '../drivers/host-audit.ts'
import { simulationDriver } from '../drivers/simulation.ts'
import { authorityOutage } from '../faults/authority-outage.ts'
import { coordinatorCrash } from '../faults/coordinator-crash.ts'
import { lyingStorage } from '../faults/lying-storage.ts'
import { Told, type HeldFault } from '../held-fault.ts'
import { componentsOf, untilForgiven } from '../kill.ts'
import { runJournal } from '../lease.ts'
import { requirement } from '../requirement.ts'
import { expectedFrom, readNodes, steadyBefore, waitSteady, type Expected } from '../steady.ts'
import {
  lookBefore,
  onlyCuts,
  outlastsLinks,
  stillSeen,
  waitForEnd,
  waitForAnswer,
  waitForRestart,
  type Ending,
} from './afterwards.ts'
import { hold, renewals } from './holding.ts'
import { undoRuns, type Undoable } from './undo-runs.ts'

type Needs = 'mesh' | 'control' | 'identity' | 'learning'

const { nodes, leaseS, restartS } = sla.chaos.undo
const { undoneWithinS } = sla.chaos
const wholeWithinMs = 20_000
const module = fileURLToPath(new URL('holding.ts', import.meta.url))
/** A process that the reference's supervisor, or a user's, starts again: the one whose loss other rows bear, too. */
const killedRole = 'identity'

type Runner = {
  readonly told: Told
  /** By SIGKILL; in virtual time, where nothing outlives a process, it never speaks again. Answers how it ended. */
  readonly kill: () => Promise<string>
  readonly sweep: () => readonly string[]
}

/** A runner that holds a fault, once it has told whether it saw the effect. */
async function startRunner({ target, tier, apart }: Scenario<Needs>, held: HeldFault): Promise<Runner> {
  if (apart !== null && tier !== 'simulation') {
    const { line, kill, sweep } = await apart({ module, input: held })
    return { told: Told.parse(JSON.parse(await line())), kill, sweep }
  }
  let goesOn = true
  const journal = runJournal()
  const told = await new Promise<Told>((tell, fail) => {
    hold({ target, driver: simulationDriver(target), journal, held, tell, goesOn: () => goesOn }).catch(fail)
  })
  const kill = async (): Promise<string> => {
    goesOn = false
    journal.close()
    return 'SIGKILL'
  }
  return { told, kill, sweep: () => [] }
}

/** What is to be done, whether it is in force, how its end is waited for, and what tells of it afterwards. */
type Doing = {
  readonly held: HeldFault
  readonly inForce: () => Promise<boolean>
  /** `wasLong`: the fault outlasted the links that it cut. */
  readonly end: (wasLong: boolean) => Promise<Ending>
  /** Whether links that the mesh has given up would tell nothing of how the fault ended. */
  readonly cutsLinks: boolean
  readonly trace: () => Promise<string | null>
}

/** Where and among whom a fault is done. */
type Place = { readonly endpoint: string; readonly jobId: string; readonly seed: string; readonly healthy: Expected }

async function doingOf(scenario: Scenario<Needs>, undoable: Undoable, place: Place): Promise<Doing> {
  const { control, mesh, clock, identity, learning } = scenario.target
  const { endpoint, jobId, seed, healthy } = place
  const listed = async () => expectOk('activeFaults', await control.activeFaults({})).length === 1
  const leaseMs = 1_000 * leaseS
  const noneOf = { scope: {}, pid: null, endpoint: null, jobId: null, leaseMs } as const
  const answered = { inForce: listed, trace: async () => null, cutsLinks: false } as const
  if (undoable.kind.primitive === authorityOutage.primitive) {
    const end = () => waitForAnswer({ control, clock }, () => authorityOutage.strikes(identity, endpoint))
    return { ...answered, held: { ...noneOf, fault: undoable.kind.name, endpoint }, end }
  }
  if (undoable.kind.primitive === coordinatorCrash.primitive) {
    const end = () => waitForAnswer({ control, clock }, () => coordinatorCrash.strikes(learning, jobId))
    return { ...answered, held: { ...noneOf, fault: undoable.kind.name, jobId }, end }
  }
  if (undoable.kind.primitive === lyingStorage.primitive) {
    // One that everybody notices: nothing can be written.
    const scope = { storage: { of: 'learning', lie: 'io-error', reach: 'every', draw: 0 } } as const
    const end = () => waitForAnswer({ control, clock }, () => lyingStorage.refuses(learning))
    return { ...answered, held: { ...noneOf, fault: undoable.kind.name, scope, jobId }, end }
  }
  if (!('draw' in undoable)) {
    await untilForgiven(scenario, killedRole)
    const [victim] = await componentsOf(scenario, killedRole)
    if (victim === undefined || victim.pid === null)
      throw new Error(`No component with role ${killedRole} has a pid: control.components() must report it.`)
    const { pid } = victim
    const restartMs = 1_000 * restartS
    return {
      held: { ...noneOf, fault: 'kill', pid, leaseMs: restartMs },
      inForce: async () => (await componentsOf(scenario, killedRole)).every(({ state }) => state !== 'up'),
      end: () => waitForRestart({ control, clock }, victim, 2 * restartMs),
      trace: async () => null,
      cutsLinks: false,
    }
  }
  const { kind, draw } = undoable
  const ordered = { kind, scope: draw([...healthy.alive].toSorted(), randomFrom(seed)) }
  const watched = { mesh, control, clock }
  const before = await lookBefore(watched, ordered)
  return {
    held: { ...noneOf, fault: kind.name, scope: ordered.scope },
    inForce: listed,
    end: (wasLong) => waitForEnd(watched, before, ordered, wasLong),
    cutsLinks: onlyCuts(kind),
    trace: () => stillSeen(watched, before, ordered),
  }
}

/**
 * `counts`: all ended as it must; `tells nothing`: the machine was too slow for the trial to tell how fast it ended; `broken`: the
 * mesh is no place for another fault.
 */
type Trial = 'counts' | 'tells nothing' | 'broken'

/** One runner is killed. */
async function once(scenario: Scenario<Needs>, undoable: Undoable, drawn: Omit<Place, 'healthy'>): Promise<Trial> {
  const { target, observe, log, tier } = scenario
  const { mesh, clock, control } = target
  const healthy = expectedFrom(await readNodes(mesh))
  if (!(await steadyBefore(observe, { mesh, clock, expected: healthy }))) return 'broken'
  const audit = async () => auditHost(expectOk('components', await control.components({})))
  const audited = await audit()
  const { held, inForce, end, cutsLinks, trace } = await doingOf(scenario, undoable, { ...drawn, healthy })
  const runner = await startRunner(scenario, held)
  const killedAtMs = clock.nowMs()
  const ended = await runner.kill()
  const isInForce = await inForce()
  const { proven, provenAtMs } = runner.told
  // A lease may run out only on a machine that stood still for as long as it lasts from its last renewal; the suite's clock
  // tells of that. A fault that the target let go of without is none that was held.
  const stoodStill = provenAtMs !== null && clock.nowMs() - provenAtMs >= held.leaseMs * (1 - 1 / renewals)
  const isHeld = proven && ended === 'SIGKILL' && (isInForce || stoodStill)
  observe.premise({
    claim: 'fault effect',
    measured: isHeld ? 0 : 1,
    limit: 0,
    unit: 'faults without effect when their runner dies',
    noise: false,
    detail: `${held.fault}: ${runner.told.seen}; the runner ended by ${ended}`,
  })
  if (!isHeld || !isInForce) {
    runner.sweep()
    return isHeld ? 'tells nothing' : 'broken'
  }
  const wasLong = cutsLinks && outlastsLinks(killedAtMs + held.leaseMs - runner.told.injectedAtMs)
  const { goneAtMs, residue } = await end(wasLong)
  const overrunS = goneAtMs === null ? null : (goneAtMs - killedAtMs - held.leaseMs) / 1_000
  if (!wasLong) observe.measure('undo-after-kill', 's', overrunS)
  observe.fault({
    fault: held.fault,
    driver: tier === 'simulation' ? 'simulation' : 'process',
    scope: { ...held.scope, pid: held.pid },
    leaseMs: held.leaseMs,
    injectedAtMs: runner.told.injectedAtMs,
    effectProvenAtMs: runner.told.provenAtMs,
    undoneAtMs: goneAtMs,
    residue: [],
  })
  await clock.sleep(Math.max(0, killedAtMs + held.leaseMs + 1_000 * undoneWithinS - clock.nowMs()))
  const traced = await trace()
  const again = await waitSteady({ mesh, clock, expected: healthy, heldMs: 0, timeoutMs: wholeWithinMs })
  const left = [
    ...residue,
    ...(traced === null ? [] : [traced]),
    ...(again === null ? [] : [again]),
    ...auditDifference(audited, await audit()),
    ...runner.sweep(),
  ]
  observe.check(`nothing is left of ${held.fault} whose runner was killed`, left.length === 0, left.join('; '))
  const told = goneAtMs === null ? 'never' : `${((goneAtMs - killedAtMs) / 1_000).toFixed(3)} s after the kill`
  log(
    `${held.fault}: ended ${told}, its lease is ${held.leaseMs / 1_000} s${left.map((what) => `; left: ${what}`).join('')}`,
  )
  if (left.length > 0 || overrunS === null) return 'broken'
  if (wasLong) return 'tells nothing'
  return overrunS <= undoneWithinS ? 'counts' : 'broken'
}

type Trials = { readonly undoable: Undoable; readonly times: number; readonly place: Omit<Place, 'healthy'> }

/** Trials that tell nothing are made again, as often as there are to be at most. Answers whether all were made and ended well. */
async function often(scenario: Scenario<Needs>, trials: Trials, onOne: () => void): Promise<boolean> {
  const { undoable, times, place } = trials
  let counted = 0
  for (let run = 0; run < 2 * times && counted < times; run += 1) {
    const trial = await once(scenario, undoable, { ...place, seed: `${place.seed}/${undoable.kind.name}/${run}` })
    if (trial === 'broken') return false
    if (trial === 'tells nothing') {
      scenario.log(`${undoable.kind.name}: over before the kill, or there for longer than a link waits: once more`)
      continue
    }
    counted += 1
    onOne()
  }
  scenario.observe.premise({
    claim: 'samples enough',
    measured: times - counted,
    limit: 0,
    unit: 'killed runners missing',
    noise: true,
    detail: `${undoable.kind.name}: over before the kill, or there for longer than a link waits`,
  })
  return counted === times
}

// The runner of a fault dies in the middle of it: what it did ends by itself, in time, and leaves nothing behind.
requirement('SELF-UNDO', ['mesh', 'control', 'identity', 'learning'], async (scenario) => {
  const { target, tier, repeats, seed, random } = scenario
  expectOk('formMesh', await target.mesh.formMesh({ nodes }))
  await withWorkloads({ identity: target.identity, random }, async ({ register }) => {
    const { endpoint } = await register('held')
    const terms = { task: 'external', dimension: 1, clients: 1, goal: 1, minimum: 1, roundTimeoutMs: 60_000 } as const
    const { jobId } = expectOk('createJob', await target.learning.createJob(terms))
    const runs = undoRuns(tier === 'simulation' ? tier : 'processes', repeats)
    const all = runs.reduce((sum, { times }) => sum + times, 0)
    let done = 0
    const place = { endpoint, jobId, seed }
    for (const { undoable, times } of runs) {
      if (!(await often(scenario, { undoable, times, place }, () => scenario.progress((done += 1), all)))) return
    }
  })
})
