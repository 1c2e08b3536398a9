/**
 * SIGKILL for one process of the target, drawn among those of a role, under a lease: its effect is
 * proven, the scenario goes on, and the target's own supervisor undoes it by starting it again.
 */
import type { Component } from '../suites/contract/control.ts'
import { expectOk } from '../suites/contract/outcome.ts'
import type { Random } from '../suites/contract/random.ts'
import type { Target } from '../suites/contract/target.ts'
import type { Observe } from '../suites/evidence/recorder.ts'
import type { Scenario } from '../suites/requirement.ts'
import type { Breakable } from './drivers/label.ts'
import { processDriver } from './drivers/process.ts'
import { underLease, type Journal } from './lease.ts'

/** What a kill needs of the scenario or the load that it falls into. */
export type Killing = {
  readonly target: Breakable & Pick<Target, 'clock'>
  readonly observe: Observe
  readonly random: Random
}

const restartedWithinMs = 20_000
const effectWithinMs = 2_000
const pollMs = 20

/** Processes of this role, as the target tells of them. */
export async function componentsOf({ target }: Pick<Killing, 'target'>, role: string): Promise<readonly Component[]> {
  const components = expectOk('components', await target.control.components({}))
  return components.filter((component) => component.role === role)
}

/**
 * Lets the processes of a role live for so long that the next crash is the first for whoever starts them again: as long as the
 * target says. Recovery is promised of one fault, not of the last of many. In virtual time nobody starts processes.
 */
export async function untilForgiven(
  { target, tier, observe }: Pick<Killing, 'target' | 'observe'> & Pick<Scenario, 'tier'>,
  role: string,
): Promise<void> {
  if (tier === 'simulation') return
  const components = await componentsOf({ target }, role)
  const waitMs = Math.max(0, ...components.map(({ forgivenAfterMs = 0 }) => forgivenAfterMs))
  if (waitMs === 0) return
  await target.clock.sleep(waitMs)
  observe.measure(`calm before a crash of ${role}`, 's', waitMs / 1_000)
}

type Kill<T> = {
  readonly role: string
  readonly journal: Journal
  /** Whom to kill; drawn by lot unless given. */
  readonly instance?: string
  /** So long the target's supervisor has to start it again. */
  readonly restartWithinMs?: number
  /** Goes on once the process is proven dead; `killedAtMs` is the instant of the signal. */
  readonly run: (killedAtMs: number) => Promise<T>
}

/** Kills one process, records the fault, and answers when, with what `run` answered; null where nothing was killed. */
export async function killOne<T>(
  scenario: Killing,
  { role, journal, instance, restartWithinMs = restartedWithinMs, run }: Kill<T>,
): Promise<{ readonly killedAtMs: number; readonly value: T | null }> {
  const { target, observe, random } = scenario
  const { clock } = target
  const running = (await componentsOf(scenario, role)).filter(
    (one) => one.state === 'up' && (instance === undefined || one.instance === instance),
  )
  const victim = running[random.stream('victim').integer(0, running.length - 1)]
  if (victim === undefined || victim.pid === null) {
    throw new Error(`No component with role ${role} that is up and has a pid: control.components() must report them.`)
  }
  const isGone = async () =>
    !(await componentsOf(scenario, role)).some(({ pid, state }) => pid === victim.pid && state === 'up')
  const { value, proof, record } = await underLease({
    driver: processDriver(target),
    order: { fault: 'kill', strike: { fault: 'kill', scope: { pid: victim.pid } }, leaseMs: restartWithinMs },
    clock,
    journal,
    prove: async ({ applied }) => {
      while (clock.nowMs() - applied.atMs < effectWithinMs) {
        if (await isGone()) return { proven: true, provenAtMs: clock.nowMs(), seen: `${victim.instance} is gone` }
        await clock.sleep(pollMs)
      }
      return { proven: false, provenAtMs: null, seen: `${victim.instance} still answers to pid ${victim.pid}` }
    },
    run: ({ applied }) => run(applied.atMs),
    proveUndone: () => Promise.resolve([]),
  })
  // Of a kill nothing is left that we could undo: a process that is not started again is the target's failure.
  observe.fault({ ...record, scope: { ...record.scope, instance: victim.instance }, residue: [] })
  const effect = { claim: 'fault effect', limit: 0, unit: 'faults without effect', noise: false } as const
  observe.premise({ ...effect, measured: proof.proven ? 0 : 1, detail: proof.seen })
  observe.check('a killed process is started again', record.residue.length === 0, record.residue.join('; '))
  return { killedAtMs: record.injectedAtMs, value }
}
