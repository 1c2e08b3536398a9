/**
 * Signals to every process of a container. The engine's own pause freezes the control group in which the container began; a
 * machine that sorts its processes into groups of its own may have moved them.
 */
import { z } from 'zod'
import type { FaultyContainer } from './engine.ts'

const Processes = z.object({ Titles: z.array(z.string()), Processes: z.array(z.array(z.string())) })

/** Its processes, as this machine counts them. */
export async function processesOf(container: Pick<FaultyContainer, 'top'>): Promise<readonly number[]> {
  const { Titles, Processes: lines } = Processes.parse(await container.top())
  const column = Titles.indexOf('PID')
  return lines.map((line) => Number(line[column]))
}

export function signalAll(processes: readonly number[], signal: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of processes) process.kill(pid, signal)
}

/** A process goes and stands by turns that are together so long: short against every timer of a mesh. */
const turnMs = 20

/**
 * Lets processes go for only a share of the time: a quota of a processor would not touch one that asks for less, and this
 * makes each piece of work take its time over the share. The answer ends it.
 */
export function throttle(processes: readonly number[], cpuShare: number): () => void {
  let turn: NodeJS.Timeout
  const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
    try {
      signalAll(processes, name)
    } catch {
      // One that has ended stands for good.
    }
  }
  const stand = (): void => {
    signal('SIGSTOP')
    turn = setTimeout(go, turnMs * (1 - cpuShare))
  }
  const go = (): void => {
    signal('SIGCONT')
    turn = setTimeout(stand, turnMs * cpuShare)
  }
  stand()
  return () => {
    clearTimeout(turn)
    signal('SIGCONT')
  }
}
