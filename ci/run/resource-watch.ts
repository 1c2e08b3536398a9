/** Reads what the processes of a role use, from outside, while a load runs: raw readings, from which the judge derives how they grow. */
import { setTimeout as delay } from 'node:timers/promises'
import { useOf } from '../../suites/contract/process-use-target.ts'
import type { Target } from '../../suites/contract/target.ts'
import type { HistoryItem } from '../../suites/evidence/history.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import type { ArrivalLog } from './arrival-log.ts'

/** Readings of one load: enough for thirty blocks of two dozen. */
const readingsOfALoad = 720
const leastEveryMs = 250

type Use = Omit<Extract<HistoryItem<'resources-level'>, { type: 'use' }>, 'type' | 'load'>

export type ResourceWatch = {
  /** The most that each process had resident during the load so far, in bytes by its instance. */
  readonly peaks: (log: ArrivalLog) => ReadonlyMap<string, number>
  /** Ends the watch and writes down what was read. */
  readonly end: (
    log: ArrivalLog,
    about: { readonly load: number; readonly settleS: number; readonly observe: Observe },
  ) => void
  readonly stop: () => void
}

/** Watches the processes with this role that the target tells of; their pids are asked for again at each reading. */
export function watchResources(
  { control, clock }: Target,
  { role, seconds }: { readonly role: string; readonly seconds: number },
): ResourceWatch {
  const uses: Use[] = []
  let isOver = false
  const everyMs = Math.max(leastEveryMs, (seconds * 1_000) / readingsOfALoad)
  const read = async (): Promise<void> => {
    const answer = await control?.components({}).catch(() => null)
    if (answer?.ok !== true) return
    for (const { role: own, instance, pid } of answer.value) {
      const use = own === role && pid !== null ? useOf(pid) : null
      if (use !== null) uses.push({ ...use, instance, atMs: clock.nowMs() })
    }
  }
  void (async () => {
    while (!isOver) {
      await read()
      await delay(everyMs)
    }
  })()
  const stop = () => {
    isOver = true
  }
  const peaks = (log: ArrivalLog): ReadonlyMap<string, number> => {
    const { fromMs, toMs } = log.stretch() ?? { fromMs: 0, toMs: -1 }
    const most = new Map<string, number>()
    for (const { instance, atMs, residentBytes } of uses)
      if (atMs >= fromMs && atMs <= toMs) most.set(instance, Math.max(most.get(instance) ?? 0, residentBytes))
    return most
  }
  return {
    stop,
    peaks,
    end: (log, { load, settleS, observe }) => {
      stop()
      const stretch = log.stretch()
      if (stretch === null) return
      observe.history('resources-level', { type: 'load', load, ...stretch, settleS })
      for (const use of uses) observe.history('resources-level', { type: 'use', load, ...use })
    },
  }
}
