import { expect, test } from 'vitest'
import type { HealingPlane } from '../contract/healing.ts'
import type { HistoryItem } from '../evidence/history.ts'
import { watchCycles } from './cycle-watch.ts'

type Schedule = Extract<HistoryItem<'cycles-on-time'>, { type: 'schedule' }>

/** For which time the judge is told what a loop owed, that says it has this period and then sleeps. */
async function scheduleOf(periodMs: number): Promise<Schedule | undefined> {
  let nowMs = 0
  const clock = { nowMs: () => nowMs, sleep: async (ms: number) => void (nowMs += ms) }
  const answer = <T>(value: T) => Promise.resolve({ ok: true as const, value })
  // Nothing else is asked of the plane.
  const healing = {
    healingStatus: () => answer({ nowMs, periodMs, loops: ['node-0'], cyclesDue: 0, cyclesExecuted: 0 }),
    healingCycles: () => answer({ cycles: [], next: 0, dropped: 0 }),
  } as unknown as HealingPlane
  const history: HistoryItem<'cycles-on-time'>[] = []
  const observe = {
    check: () => undefined,
    premise: () => undefined,
    history: (_: 'cycles-on-time', item: HistoryItem<'cycles-on-time'>) => void history.push(item),
  }
  const scenario = { target: { healing, clock }, tier: 'processes', observe, scale: 1, log: () => undefined }
  // Nothing else of a scenario is looked at.
  await watchCycles(scenario as unknown as Parameters<typeof watchCycles>[0])
  return history.find((item) => item.type === 'schedule')
}

test.each([200, 6_000, 60_000])(
  'a loop that is due every %d ms owes cycles in the window, so that silence is no pass',
  async (periodMs) => {
    const { fromMs = 0, toMs = 0 } = (await scheduleOf(periodMs)) ?? {}
    expect(toMs - fromMs).toBeGreaterThanOrEqual(2 * periodMs)
  },
)
