/** Reads the target's queue from before a load until it is back to what it was: raw readings, from which the judge derives the drain. */
import { setTimeout as delay } from 'node:timers/promises'
import type { HistoryItem } from '../../suites/evidence/history.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import type { Target } from '../../suites/contract/target.ts'
import type { ArrivalLog } from './arrival-log.ts'

const everyMs = 250
/** Before the load: what it must come back to. */
const steadyForMs = 1_000
/** So long without a change means that nobody works on the queue any more. */
const stalledMs = 5_000

type Events = NonNullable<Target['events']>
type Depth = { readonly atMs: number; readonly depth: number }

async function read(events: Events, clock: Target['clock'], into: Depth[]): Promise<void> {
  // A target that is too busy to answer leaves a hole in the readings, and no zero.
  const answer = await events.eventQueue({}).catch(() => null)
  if (answer?.ok === true) into.push({ atMs: clock.nowMs(), depth: answer.value.depth })
}

export type QueueWatch = {
  /** Reads on until the queue is as before, at most so long; then writes down what was read. */
  readonly end: (
    log: ArrivalLog,
    until: { readonly load: number; readonly patienceMs: number; readonly observe: Observe },
  ) => Promise<void>
  /** Ends a watch that nothing is to be written of. */
  readonly stop: () => void
}

/** Null where the target has no events plane to ask. */
export async function watchQueue({ events, clock }: Target): Promise<QueueWatch | null> {
  if (events === undefined) return null
  const depths: Depth[] = []
  let isOver = false
  const beganAtMs = clock.nowMs()
  while (clock.nowMs() - beganAtMs < steadyForMs) {
    await read(events, clock, depths)
    await delay(everyMs)
  }
  const steady = Math.max(0, ...depths.map(({ depth }) => depth))
  const reading = (async () => {
    while (!isOver) {
      await read(events, clock, depths)
      await delay(everyMs)
    }
  })()
  return {
    stop: () => {
      isOver = true
    },
    end: async (log, { load, patienceMs, observe }) => {
      const fromMs = clock.nowMs()
      const isSettled = () => {
        const last = depths.at(-1)
        if (last === undefined || last.atMs < fromMs) return false
        const changed = depths.findLast(({ depth }) => depth !== last.depth)?.atMs ?? fromMs
        return last.depth <= steady || last.atMs - Math.max(changed, fromMs) > stalledMs
      }
      while (!isSettled() && clock.nowMs() - fromMs < patienceMs) await delay(everyMs)
      isOver = true
      await reading
      const stretch = log.stretch()
      if (stretch === null) return
      const note = (item: HistoryItem<'queue-drained'>) => observe.history('queue-drained', item)
      note({ type: 'load', load, ...stretch })
      for (const depth of depths) note({ type: 'depth', load, ...depth })
      note({ type: 'last-alert', load, ...log.lastAlert() })
    },
  }
}
