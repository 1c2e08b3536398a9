import type { HealingCycle, HealingPlane } from '../contract/healing.ts'
import type { Clock } from '../contract/clock.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Scenario } from '../requirement.ts'

/** Virtual seconds cost little; on live tiers the window is what a gate can spare. */
const windowMs = { simulation: 30_000, processes: 4_000, containers: 30_000, cluster: 30_000 } as const
/** A loop that is due less often has a longer window: one without a due cycle would pass without having run. */
const periodsLeast = 2
const pollMs = 500

/**
 * Every cycle that falls due in the window must be in the history, once, begun on time and ended before the next: the
 * checker `cycles-on-time` judges that. The loop's counters must tell the same as its records.
 */
export async function watchCycles({ target, tier, observe, scale, log }: Scenario<'healing'>): Promise<void> {
  const { healing, clock } = target
  const before = expectOk('healingStatus', await healing.healingStatus({}))
  const askedAtMs = clock.nowMs()
  observe.check(
    "the loop runs on the host's clock",
    before.nowMs <= askedAtMs && before.nowMs > askedAtMs - before.periodMs,
    `it says ${before.nowMs} at ${askedAtMs}`,
  )
  observe.check('at least one loop runs', before.loops.length > 0, 'no loop')
  const { cycles, dropped, fromMs, toMs } = await readCycles(healing, clock, {
    overMs: Math.max(windowMs[tier] * scale, periodsLeast * before.periodMs),
    periodMs: before.periodMs,
  })
  for (const loop of before.loops) {
    observe.history('cycles-on-time', { type: 'schedule', loop, periodMs: before.periodMs, fromMs, toMs })
  }
  for (const cycle of cycles) {
    if (cycle.dueAtMs >= fromMs && cycle.dueAtMs < toMs) observe.history('cycles-on-time', { type: 'cycle', ...cycle })
  }
  observe.premise({
    claim: 'receipts complete',
    measured: dropped,
    limit: 0,
    unit: 'cycle records dropped',
    noise: false,
  })
  const after = expectOk('healingStatus', await healing.healingStatus({}))
  const executed = after.cyclesExecuted - before.cyclesExecuted
  // The two readings of the counters stand outside the window: they must have counted its cycles, and not many more.
  const slack = 3 * before.loops.length
  observe.check(
    'the counter of executed cycles agrees with the records',
    executed >= cycles.length && executed <= cycles.length + slack,
    `${executed} counted, ${cycles.length} recorded`,
  )
  observe.check(
    'no cycle is owed',
    after.cyclesDue - after.cyclesExecuted <= before.loops.length,
    `${after.cyclesDue} due, ${after.cyclesExecuted} executed`,
  )
  log(`${cycles.length} cycles of ${before.loops.length} loops in ${toMs - fromMs} ms`)
}

type Window = { readonly overMs: number; readonly periodMs: number }
type CycleReading = {
  readonly cycles: readonly HealingCycle[]
  readonly dropped: number
  readonly fromMs: number
  readonly toMs: number
}

/** Cycles recorded from now on; the window leaves a period at either end, for cycles that are under way. */
async function readCycles(healing: HealingPlane, clock: Clock, { overMs, periodMs }: Window): Promise<CycleReading> {
  let cursor = expectOk('healingCycles', await healing.healingCycles({ after: -1 })).next
  const fromMs = clock.nowMs() + periodMs
  const toMs = fromMs + overMs
  const cycles: HealingCycle[] = []
  let dropped = 0
  for (let reading = true; reading;) {
    await clock.sleep(Math.min(pollMs, Math.max(1, toMs + 2 * periodMs - clock.nowMs())))
    reading = clock.nowMs() < toMs + 2 * periodMs
    const page = expectOk('healingCycles', await healing.healingCycles({ after: cursor }))
    cursor = page.next
    cycles.push(...page.cycles)
    dropped += page.dropped
  }
  return { cycles, dropped, fromMs, toMs }
}
