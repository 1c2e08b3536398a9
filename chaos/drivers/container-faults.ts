/**
 * Faults on containers, each with how it is laid, held and taken back. They are run by a watchdog of their own
 * (`container-watchdog.ts`), which outlives whoever ordered them.
 */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { FaultyContainer, FaultyEngine } from './engine.ts'
import { heal, lay, leftIn, relay, type Cut } from './network-cut.ts'

/** Containers by their id, those that are parted from others with the others' addresses. */
export const ContainerOrder = z.strictObject({
  primitive: z.enum(['crash', 'pause', 'partition']),
  leaseMs: z.number().positive(),
  struck: z.array(
    z.strictObject({ id: z.string(), node: z.string(), pid: z.int().positive(), from: z.array(z.string()) }),
  ),
})
export type ContainerOrder = z.infer<typeof ContainerOrder>
type Struck = ContainerOrder['struck'][number]

export type ContainerFault = {
  readonly inject: () => Promise<void>
  readonly renew: () => Promise<void>
  /** Answers what is left of it. */
  readonly undo: () => Promise<readonly string[]>
}

const all = async (struck: readonly Struck[], act: (one: Struck) => Promise<unknown>): Promise<void> =>
  void (await Promise.all(struck.map(act)))

const Processes = z.object({ Titles: z.array(z.string()), Processes: z.array(z.array(z.string())) })

/**
 * Signals every process of a container. The engine's own pause freezes the control group in which the container began; a
 * machine that sorts its processes into groups of its own may have moved them.
 */
async function signalAll(container: FaultyContainer, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  const { Titles, Processes: lines } = Processes.parse(await container.top())
  const column = Titles.indexOf('PID')
  for (const line of lines) process.kill(Number(line[column]), signal)
}

/** Whether the kernel says that a process stands still by a signal. */
const isStopped = (pid: number): boolean => /^\d+ \(.*\) T /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

/** What is wrong with the containers that should run. */
async function notRunning(engine: FaultyEngine, struck: readonly Struck[]): Promise<readonly string[]> {
  const found = await Promise.all(
    struck.map(async ({ id, node }) => {
      const { State } = await engine.getContainer(id).inspect()
      if (!State.Running || State.Paused) return [`${node} is ${State.Status}`]
      return isStopped(State.Pid) ? [`${node} is stopped`] : []
    }),
  )
  return found.flat()
}

export function containerFault(engine: FaultyEngine, { primitive, leaseMs, struck }: ContainerOrder): ContainerFault {
  const container = ({ id }: Struck) => engine.getContainer(id)
  const nothing = async (): Promise<void> => undefined
  switch (primitive) {
    case 'crash':
      return {
        inject: () => all(struck, (one) => container(one).kill({ signal: 'SIGKILL' })),
        renew: nothing,
        undo: async () => {
          await all(struck, (one) => container(one).start())
          return notRunning(engine, struck)
        },
      }
    case 'pause':
      return {
        inject: () => all(struck, (one) => signalAll(container(one), 'SIGSTOP')),
        renew: nothing,
        undo: async () => {
          await all(struck, (one) => signalAll(container(one), 'SIGCONT'))
          return notRunning(engine, struck)
        },
      }
    case 'partition': {
      const cuts: readonly Cut[] = struck
      return {
        inject: () => all(struck, (one) => lay(one, leaseMs)),
        renew: () => all(struck, (one) => relay(one, leaseMs)),
        undo: async () => {
          await Promise.all(cuts.map(heal))
          return (await Promise.all(cuts.map(({ pid }) => leftIn(pid)))).flat()
        },
      }
    }
  }
}
