/** Reads what the processes of a role use, from outside, while a load runs: raw readings, from which the judge derives how they grow. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Target } from '../../suites/contract/target.ts'
import type { HistoryItem } from '../../suites/evidence/history.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import type { ArrivalLog } from './arrival-log.ts'

/** Readings of one load: enough for thirty blocks of two dozen. */
const readingsOfALoad = 720
const leastEveryMs = 250

/** Clock ticks per second and bytes of a page in `/proc`: USER_HZ is 100 on every Linux that Node runs on. */
const ticksPerS = 100
const kibibyte = 1_024

type Use = Omit<Extract<HistoryItem<'resources-level'>, { type: 'use' }>, 'type' | 'load'>

/** What one process uses now; null once it is gone, or where it may not be looked at. */
export function useOf(pid: number): Omit<Use, 'instance' | 'atMs'> | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const residentKiB = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])
    // The name in brackets may hold spaces; what follows it does not.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    const ticks = Number(fields[11]) + Number(fields[12])
    const handles = readdirSync(`/proc/${pid}/fd`).length
    if (!Number.isFinite(residentKiB) || !Number.isFinite(ticks)) return null
    return { pid, residentBytes: residentKiB * kibibyte, handles, cpuMs: (ticks * 1_000) / ticksPerS }
  } catch {
    return null
  }
}

export type ResourceWatch = {
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
  return {
    stop,
    end: (log, { load, settleS, observe }) => {
      stop()
      const stretch = log.stretch()
      if (stretch === null) return
      observe.history('resources-level', { type: 'load', load, ...stretch, settleS })
      for (const use of uses) observe.history('resources-level', { type: 'use', load, ...use })
    },
  }
}
