/**
 * Faults on containers, each with how it is laid, held and taken back. They are run by a watchdog of their own
 * (`container-watchdog.ts`), which outlives whoever ordered them.
 */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { CrashLoop, type FaultPrimitive } from '../../suites/contract/control.ts'
import { Path } from '../../suites/contract/path.ts'
import { crashLoop } from './crash-loop.ts'
import { emulate } from './emulator.ts'
import type { FaultyEngine } from './engine.ts'
import { heal, lay, leftIn, relay } from './network-cut.ts'
import { processesOf, signalAll, throttle } from './container-signals.ts'
import type { WatchedFault } from './watched-fault.ts'

const Struck = z.strictObject({
  id: z.string(),
  node: z.string(),
  pid: z.int().positive(),
  address: z.string(),
})
export type Struck = z.infer<typeof Struck>

/** Containers by their id, and what is done to them. */
const struck = z.array(Struck)
const leaseMs = z.number().positive()
export const ContainerOrder = z.discriminatedUnion('primitive', [
  z.strictObject({ primitive: z.literal('crash'), leaseMs, struck, loop: CrashLoop.optional() }),
  z.strictObject({ primitive: z.literal('pause'), leaseMs, struck }),
  z.strictObject({ primitive: z.literal('slow'), leaseMs, struck, cpuShare: z.number().gt(0).lt(1) }),
  z.strictObject({
    primitive: z.literal('partition'),
    leaseMs,
    // With the addresses whose packets each drops.
    struck: z.array(Struck.extend({ from: z.array(z.string()) })),
  }),
  z.strictObject({
    primitive: z.literal('network'),
    leaseMs,
    struck,
    emulator: z.string(),
    seed: z.string(),
    // By addresses, where the contract's rules have names.
    rules: z.array(
      z.strictObject({ from: z.array(z.string()).optional(), to: z.array(z.string()).optional(), path: Path }),
    ),
  }),
])
export type ContainerOrder = z.infer<typeof ContainerOrder>

/** What a watchdog is told: its fault, and the engine whose containers it strikes, by its socket. */
export const Holding = z.object({ socket: z.string(), order: ContainerOrder })

/** Primitives of the contract that this driver has. */
export const expressed: readonly string[] = ContainerOrder.options.map(({ shape }) => shape.primitive.value)

/** Why nobody can do the others to a container from outside. */
const beyond: Readonly<Record<Exclude<FaultPrimitive, ContainerOrder['primitive']>, string>> = {
  compromise: 'a member lies with keys that only its own memory holds',
  'crypto-errors': 'what a node seals and decapsulates is worked out in its own memory',
  rekey: 'the keys of a link are changed by the nodes at its ends, and by nobody else',
  'authority-outage': 'only containers that bear the name of a node of the mesh are touched, and the authority is none',
  'clock-skew': 'the clock of a container is the clock of the machine',
  'coordinator-crash':
    'only containers that bear the name of a node of the mesh are touched, and the coordinator is none',
  storage: 'the layer that lies is inside the process that writes',
}

/** True, or why this driver can't express faults of this primitive. */
export function containerSupports(primitive: string): true | string {
  if (expressed.includes(primitive)) return true
  const why = Object.entries(beyond).find(([name]) => name === primitive)?.[1]
  return why ?? `from outside a container there is ${expressed.join(', ')}, not ${primitive}`
}

const all = async <T>(struck: readonly T[], act: (one: T) => Promise<unknown>): Promise<void> =>
  void (await Promise.all(struck.map(act)))

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

const nothing = async (): Promise<void> => undefined

const signal = (engine: FaultyEngine, struck: readonly Struck[], name: 'SIGSTOP' | 'SIGCONT'): Promise<void> =>
  all(struck, async ({ id }) => signalAll(await processesOf(engine.getContainer(id)), name))

export function containerFault(engine: FaultyEngine, order: ContainerOrder): WatchedFault {
  const container = ({ id }: Struck) => engine.getContainer(id)
  switch (order.primitive) {
    case 'crash': {
      const loops = order.struck.map((one) => crashLoop(container(one), order.loop ?? null))
      return {
        inject: () => all(loops, (loop) => loop.begin()),
        renew: nothing,
        undo: async () => {
          await all(loops, (loop) => loop.end())
          return notRunning(engine, order.struck)
        },
      }
    }
    case 'pause':
      return {
        inject: () => signal(engine, order.struck, 'SIGSTOP'),
        renew: nothing,
        undo: async () => {
          await signal(engine, order.struck, 'SIGCONT')
          return notRunning(engine, order.struck)
        },
      }
    case 'slow': {
      let release: readonly (() => void)[] = []
      return {
        inject: async () => {
          const processes = await Promise.all(order.struck.map((one) => processesOf(container(one))))
          release = processes.map((pids) => throttle(pids, order.cpuShare))
        },
        renew: nothing,
        undo: async () => {
          for (const end of release) end()
          await signal(engine, order.struck, 'SIGCONT')
          return notRunning(engine, order.struck)
        },
      }
    }
    case 'partition':
      return {
        inject: () => all(order.struck, (one) => lay(one, order.leaseMs)),
        renew: () => all(order.struck, (one) => relay(one, order.leaseMs)),
        undo: async () => {
          await all(order.struck, heal)
          return (await Promise.all(order.struck.map(({ pid }) => leftIn(pid)))).flat()
        },
      }
    case 'network':
      return emulate(order)
  }
}
