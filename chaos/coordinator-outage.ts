/**
 * The coordinator of federated learning dies and comes back: in virtual time the target lets it crash, on live tiers its process
 * is killed, as the kernel kills one that has taken too much memory.
 */
import { sla } from '../sla.config.ts'
import type { Clock } from '../suites/contract/clock.ts'
import type { LearningPlane } from '../suites/contract/learning.ts'
import type { Scenario } from '../suites/requirement.ts'
import { timeToAnswer } from './answering.ts'
import { asking, type Timed } from './awaited.ts'
import { simulationDriver } from './drivers/simulation.ts'
import { coordinatorCrash } from './faults/coordinator-crash.ts'
import { killOne } from './kill.ts'
import { recordLaid } from './laid-fault.ts'
import { underLease, type HeldLease, type Journal } from './lease.ts'
import { steadyPollMs } from './steady.ts'

type Needs = 'learning' | 'control'

const leaseMs = sla.chaos.leaseS * 1_000
const effectWithinMs = 2_000

export type CoordinatorCrash<T> = {
  readonly journal: Journal
  /** Of a job that shows whether the coordinator answers. */
  readonly jobId: string
  /** How long it is down in virtual time; a process is down for as long as it takes to start. */
  readonly downMs: number
  /** Role of its process. */
  readonly role: string
  /** Faults that are in force meanwhile, by id. */
  readonly along?: readonly string[]
  /** Goes on once it is proven dead; `awayAtMs` is when it was last asked and did not answer, where somebody asked. */
  readonly run: (crashedAtMs: number, awayAtMs?: number) => Promise<T>
}

async function crashVirtually<T>(scenario: Scenario<Needs>, crash: CoordinatorCrash<T>): Promise<T | null> {
  const { target, observe } = scenario
  const { clock, learning } = target
  const { journal, jobId, downMs, along = [], run } = crash
  const prove = async ({ applied }: HeldLease) => {
    for (;;) {
      const proven = await coordinatorCrash.strikes(learning, jobId)
      const nowMs = clock.nowMs()
      if (proven) return { proven, provenAtMs: nowMs, seen: `${jobId} is not answered` }
      if (nowMs - applied.atMs > effectWithinMs) return { proven, provenAtMs: null, seen: `${jobId} is still answered` }
      await clock.sleep(steadyPollMs)
    }
  }
  const { value, proof, record } = await underLease({
    driver: simulationDriver(target),
    clock,
    journal,
    order: { fault: coordinatorCrash.name, strike: { fault: coordinatorCrash.primitive, scope: {} }, leaseMs, along },
    prove,
    run: async (lease) => {
      await clock.sleep(Math.max(0, lease.applied.atMs + downMs - clock.nowMs()))
      const away = await asking(clock, () => coordinatorCrash.strikes(learning, jobId))
      await lease.end()
      const { atMs } = lease.applied
      return run(atMs, away.answer ? away.askedAtMs : atMs)
    },
    proveUndone: async () => [],
  })
  recordLaid(observe, { proof, record }, { job: jobId })
  return value
}

/** Answers what `run` did; null where nothing died. */
export async function crashCoordinator<T>(scenario: Scenario<Needs>, crash: CoordinatorCrash<T>): Promise<T | null> {
  if (scenario.tier === 'simulation') return crashVirtually(scenario, crash)
  return (await killOne(scenario, crash)).value
}

type Awaited = {
  readonly learning: LearningPlane
  readonly clock: Clock
  readonly jobId: string
  readonly fromMs: number
  readonly awayAtMs?: number | undefined
  /** What must hold besides an answer. */
  readonly holds?: () => Promise<boolean>
  /** What is done at every look. */
  readonly besides?: () => Promise<void>
}

/** How long until the coordinator answers about the job, and goes on doing so; null where it never does. */
export const answersAgain = ({
  learning,
  clock,
  jobId,
  fromMs,
  awayAtMs,
  holds,
  besides,
}: Awaited): Promise<Timed | null> =>
  timeToAnswer({
    clock,
    fromMs,
    awayAtMs,
    isAnswered: async () => (await learning.job({ jobId })).ok && (await (holds?.() ?? true)),
    besides,
  })
