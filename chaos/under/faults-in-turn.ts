/**
 * Whether what other rows promise holds while the mesh is struck. Five faults are laid on one mesh, one after the other, each
 * as strong as in the row of its own; under each of them the scenarios of the other rows are driven from their beginning to
 * their end. How the mesh itself bears each fault is judged by that fault's own row.
 */
import { sla, type ChaosRowId } from '../../sla.config.ts'
import { faultOf, type FaultScope } from '../../suites/contract/control.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { randomFrom, type Random } from '../../suites/contract/random.ts'
import type { Capability } from '../../suites/contract/route.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { processDriver } from '../drivers/process.ts'
import { simulationDriver } from '../drivers/simulation.ts'
import type { FaultKind } from '../effect.ts'
import { nodesOf } from '../extent.ts'
import { planHash } from '../fault-plan.ts'
import { compromise } from '../faults/compromise.ts'
import { crash } from '../faults/crash.ts'
import { keyRotation } from '../faults/key-rotation.ts'
import { latency } from '../faults/latency.ts'
import { loss } from '../faults/loss.ts'
import { recordLaid } from '../laid-fault.ts'
import { runJournal, underLease, type HeldLease, type Journal } from '../lease.ts'
import { stillDown } from '../recovery.ts'
import { planFault } from '../schedule.ts'
import { expectedFrom, readNodes, steadyBefore, waitSteady, type Expected } from '../steady.ts'

type Needs = 'mesh' | 'control'

type Turn = {
  readonly row: ChaosRowId
  readonly kind: FaultKind
  readonly draw: (nodes: readonly string[], random: Random) => FaultScope
}

const { rows, leaseS } = sla.chaos
const turns: readonly Turn[] = [
  { row: 'CHAOS-NET-5', kind: latency, draw: latency.everywhere(rows['CHAOS-NET-5'].fault) },
  { row: 'CHAOS-NET-7', kind: loss, draw: loss.draw(rows['CHAOS-NET-7'].fault.loss) },
  { row: 'CHAOS-NODE-1', kind: crash, draw: crash.draw(rows['CHAOS-NODE-1'].fault.crashed) },
  {
    row: 'CHAOS-BYZ-3',
    kind: compromise,
    draw: compromise.draw(rows['CHAOS-BYZ-3'].fault.compromised, ['replayed', 'reordered']),
  },
  { row: 'CHAOS-CRYPTO-3', kind: keyRotation, draw: keyRotation.draw(rows['CHAOS-CRYPTO-3'].fault.rotateEveryMs) },
]

/** What a driven scenario is told of the fault. */
export type Struck = {
  /** Nodes that it leaves up. */
  readonly living: readonly string[]
  readonly isLast: boolean
}

/** What waits until the fault is undone, because it keeps the thread that renews the lease. */
type Look = () => void

/** Drives another row's scenario. */
type Drive<N extends Capability> = (scenario: Scenario<N | Needs>, struck: Struck) => Promise<void> | Promise<Look>

/** By the row whose scenario it is; driven one after the other. */
type Drives<N extends Capability> = Readonly<Record<string, Drive<N>>>

const leaseMs = 1_000 * leaseS
const renewEveryMs = 500
const rejoinMs = 20_000

/**
 * Drives them all under each fault in turn; stops where a check fails, where a fault has no effect, and where it finds or
 * leaves a mesh that is not whole: what the others would show changes nothing any more.
 */
export async function underEachFault<const N extends Capability>(
  scenario: Scenario<N | Needs>,
  drives: Drives<N>,
): Promise<void> {
  const { target, observe } = scenario
  const { mesh, clock } = target
  const journal = runJournal()
  try {
    expectOk('formMesh', await mesh.formMesh({ nodes: nodesOf(scenario, 'CHAOS-UNDER')(0) }))
    const expected = expectedFrom(await readNodes(mesh))
    for (const turn of turns) {
      if (!(await steadyBefore(observe, { mesh, clock, expected }))) return
      if (!(await underOne(scenario, drives, { turn, expected, journal }))) return
    }
  } finally {
    journal.close()
  }
}

type Around = { readonly turn: Turn; readonly expected: Expected; readonly journal: Journal }

/** Answers whether the fault took effect, all checks held under it and the mesh was whole again after it. */
async function underOne<const N extends Capability>(
  scenario: Scenario<N | Needs>,
  drives: Drives<N>,
  { turn, expected, journal }: Around,
): Promise<boolean> {
  const { target, observe, tier } = scenario
  const { mesh, clock } = target
  const { row, kind } = turn
  const seed = `${scenario.seed}/${row}`
  const nodes = [...expected.alive]
  const plan = planFault({ ...turn, seed, random: randomFrom(seed), nodes, fault: kind.name, forMs: null })
  const [step] = plan.steps
  if (step === undefined) throw new Error('The plan has no step.')
  const { scope, atMs } = step
  await clock.sleep(atMs)
  const prove = await kind.probe({ mesh, clock, scope, hits: kind.hits(scope) })
  const downs = kind.downs(scope)
  const struck = { living: nodes.filter((node) => !downs.includes(node)), isLast: turn === turns.at(-1) }
  const looks: Look[] = []
  let isWell = true
  const check: Observe['check'] = (name, holds, ...about) => {
    isWell &&= holds
    observe.check(name, holds, ...about)
  }
  const driveAll = async (): Promise<void> => {
    for (const [of, drive] of Object.entries(drives)) {
      const look = await drive(told({ ...scenario, observe: { ...observe, check } }, { of, row, seed }), struck)
      if (typeof look === 'function') looks.push(look)
    }
  }
  const { proof, record } = await underLease({
    driver: tier === 'simulation' ? simulationDriver(target) : processDriver(target),
    order: { fault: kind.name, strike: faultOf(kind.primitive, scope), leaseMs },
    clock,
    journal,
    prove: ({ applied, renew }) => prove({ appliedAtMs: applied.atMs, renew }),
    run: (lease) => renewing(scenario, lease, driveAll),
    proveUndone: () => stillDown({ mesh, clock }, downs),
  })
  for (const look of looks) look()
  recordLaid(observe, { proof, record }, { plan: planHash(plan), seed })
  const again = await waitSteady({ mesh, clock, expected, heldMs: 0, timeoutMs: rejoinMs })
  observe.check('the mesh is whole again once the fault is undone', again === null, `after ${kind.name}: ${again}`)
  return proof.proven && isWell && again === null
}

type Part = { readonly of: string; readonly row: ChaosRowId; readonly seed: string }

/** The same scenario, which draws anew, is driven once, and says for which row and under which fault it found what it found. */
function told<S extends Scenario<Needs>>(scenario: S, { of, row, seed }: Part): S {
  const { observe, log } = scenario
  const own = `${seed}/${of}`
  return {
    ...scenario,
    seed: own,
    random: randomFrom(own),
    repeats: 1,
    observe: {
      ...observe,
      check: (name, holds, seen, about) => observe.check(`${name} (${of} under ${row})`, holds, seen, about),
    },
    log: (line) => log(`${of} under ${row}: ${line}`),
  }
}

/** Keeps a fault in force until `work` is done, and finds it still so then. */
async function renewing(
  { target, observe }: Scenario<Needs>,
  lease: HeldLease,
  work: () => Promise<void>,
): Promise<void> {
  const { clock, control } = target
  let isOver = false
  const renew = async (): Promise<void> => {
    for (; !isOver; await clock.sleep(renewEveryMs)) await lease.renew()
  }
  const renewed = renew()
  // Its rejection is thrown once the work is done; until then it must not count as unhandled.
  renewed.catch(() => undefined)
  await work().finally(() => {
    isOver = true
  })
  const active = expectOk('activeFaults', await control.activeFaults({}))
  observe.premise({
    claim: 'fault effect',
    measured: active.some(({ faultId }) => faultId === lease.applied.id) ? 0 : 1,
    limit: 0,
    unit: 'faults that ended early',
    noise: true,
  })
  await renewed
}
