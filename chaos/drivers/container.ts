/**
 * Faults on containers from outside: SIGKILL and start again, signals that stop them, packet filters and an emulator in their network namespaces. Only
 * containers that the target names are touched, and of those only the ones that bear the name of the node to be struck.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { containerLabels } from '../../suites/contract/containers.ts'
import type { Driver, FaultOrder } from '../lease.ts'
import { containerSupports, type ContainerOrder } from './container-faults.ts'
import { sweepContainers } from './container-sweep.ts'
import { findEmulator } from './emulator.ts'
import { watchdogFile } from './held-records.ts'
import { demandLabel, type Breakable } from './label.ts'
import { containersOf, findContained, type NodeContainer } from './node-containers.ts'

const { node: nodeLabel } = containerLabels

type Containers = ReadonlyMap<string, NodeContainer>

/** Throws for a node that no running container is. */
function containerOf(containers: Containers, node: string): NodeContainer {
  const found = containers.get(node)
  if (found === undefined)
    throw new Error(`No running container bears the label ${nodeLabel}=${node}: label those that may be struck.`)
  return found
}

/** Whom a fault strikes, in the words of the watchdog. */
function orderOf({ strike, leaseMs }: FaultOrder, containers: Containers): ContainerOrder {
  const of = (node: string): NodeContainer => containerOf(containers, node)
  const addresses = (nodes: readonly string[]): string[] => nodes.map((node) => of(node).address)
  switch (strike.fault) {
    case 'crash': {
      const { nodes, loop } = strike.scope
      return { primitive: 'crash', leaseMs, struck: nodes.map(of), ...(loop && { loop }) }
    }
    case 'pause':
      return { primitive: 'pause', leaseMs, struck: strike.scope.nodes.map(of) }
    case 'slow':
      return { primitive: 'slow', leaseMs, struck: strike.scope.nodes.map(of), cpuShare: strike.scope.cpuShare }
    case 'partition': {
      const parted = crossing(strike.scope.groups)
      return {
        primitive: 'partition',
        leaseMs,
        struck: parted.map(([node, others]) => ({ ...of(node), from: addresses(others) })),
      }
    }
    case 'network': {
      const rules = strike.scope.paths.map(({ from, to, path }) => ({
        ...(from && { from: addresses(from) }),
        ...(to && { to: addresses(to) }),
        path,
      }))
      const seed = createHash('sha256').update(JSON.stringify(strike.scope)).digest('hex')
      return { primitive: 'network', leaseMs, struck: [...containers.values()], emulator: findEmulator(), seed, rules }
    }
    default:
      throw new Error(String(containerSupports(strike.fault)))
  }
}

const crossing = (groups: readonly (readonly string[])[]): readonly (readonly [string, readonly string[]])[] =>
  groups.flatMap((group) => {
    const others = groups.filter((other) => other !== group).flat()
    return group.map((node) => [node, others] as const)
  })

const Armed = z.object({ armed: z.literal(true) })
const Injected = z.union([
  z.object({ injected: z.literal(true), atMs: z.number() }),
  z.object({ injected: z.literal(false), why: z.string() }),
])
const Undone = z.object({ undone: z.literal(true), atMs: z.number(), residue: z.array(z.string()) })

const lastWordsMax = 2_000

/** A watchdog that is armed: it holds the fault, whatever becomes of us. */
class Watchdog {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  #lastWords = ''

  constructor(argument: object) {
    // A group of its own: what is sent to ours, the terminal's signals included, does not reach it.
    this.#child = spawn(process.execPath, [watchdogFile, JSON.stringify(argument)], {
      detached: true,
      // Nor does it hold an end of ours, by which somebody waits for our own.
      stdio: 'pipe',
    })
    this.#child.on('error', () => undefined)
    // Killed itself, it has left its fault: that is over at once, and whoever asks for it hears so.
    this.#child.on('exit', () => void sweepContainers().catch(() => undefined))
    this.#child.stdin.on('error', () => undefined)
    this.#child.stderr.on('data', (text: Buffer) => {
      this.#lastWords = `${this.#lastWords}${text.toString()}`.slice(-lastWordsMax)
    })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  tell(line: 'inject' | 'renew' | 'undo'): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /** Its next line, in this form; the fault's own end by its lease comes in place of what was waited for. */
  async next<T>(form: z.ZodType<T>): Promise<T> {
    const { value, done } = await this.#lines.next()
    if (done === true) {
      const swept = await sweepContainers()
      throw new Error(
        `The watchdog of the fault ended before it had answered. ${[...swept, this.#lastWords].join('\n')}`,
      )
    }
    return form.parse(JSON.parse(value))
  }
}

/** What an earlier watchdog has left, which was killed itself, is taken back first. */
export async function containerDriver(target: Breakable): Promise<Driver> {
  const contained = await findContained(target.control)
  const swept = [...(await sweepContainers())]
  let armed: Watchdog | undefined
  const watchdogs = new Map<string, Watchdog>()
  const held = (id: string): Watchdog => {
    const found = watchdogs.get(id)
    if (found === undefined) throw new Error(`No fault was injected under the name ${id}.`)
    return found
  }
  return {
    name: 'container',
    supports: containerSupports,
    arm: async (order: FaultOrder) => {
      demandLabel(target)
      const along = order.along ?? []
      const other = [...watchdogs.keys()].find((id) => !along.includes(id))
      if (other !== undefined) throw new Error(`The fault ${other} on these containers is in force: undo it first.`)
      const told = orderOf(order, await containersOf(contained))
      armed = new Watchdog({ socket: contained.socket, order: told })
      await armed.next(Armed)
      const armedBy = `a watchdog takes it back from ${told.struck.length} containers ${order.leaseMs} ms after the last renewal`
      return [...swept.splice(0), armedBy].join('; ')
    },
    inject: async ({ strike }) => {
      if (armed === undefined) throw new Error('Nothing is armed that would take the fault back: arm it first.')
      const watchdog = armed
      armed = undefined
      watchdog.tell('inject')
      const told = await watchdog.next(Injected)
      if (!told.injected) throw new Error(told.why)
      const id = `${strike.fault}@${told.atMs}`
      watchdogs.set(id, watchdog)
      return { id, atMs: told.atMs }
    },
    renew: async ({ id }) => held(id).tell('renew'),
    undo: async ({ id }) => {
      const watchdog = held(id)
      watchdogs.delete(id)
      watchdog.tell('undo')
      const { atMs, residue } = await watchdog.next(Undone)
      return { atMs, residue }
    },
  }
}
