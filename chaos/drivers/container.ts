/**
 * Faults on containers from outside: SIGKILL and start again, signals that stop them, packet filters and an emulator in their network namespaces. Only
 * containers that the target names are touched, and of those only the ones that bear the name of the node to be struck.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { containerLabels, containersDetail } from '../../suites/contract/containers.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Driver, FaultOrder } from '../lease.ts'
import { expressed, type ContainerOrder, type Struck } from './container-faults.ts'
import { findEmulator } from './emulator.ts'
import { engineAt, type FaultyEngine } from './engine.ts'
import { demandLabel, type Breakable } from './label.ts'

const { run: runLabel, node: nodeLabel } = containerLabels
const standardSocket = '/var/run/docker.sock'
const watchdogFile = fileURLToPath(new URL('container-watchdog.ts', import.meta.url))

/** True, or why this driver can't express faults of this primitive. */
export const containerSupports = (primitive: string): true | string =>
  expressed.includes(primitive) || `from outside a container there is ${expressed.join(', ')}, not ${primitive}`

/** A node's container as the engine has it. */
type NodeContainer = Readonly<Struck>

async function containersOf(engine: FaultyEngine, run: string): Promise<ReadonlyMap<string, NodeContainer>> {
  const listed = await engine.listContainers({ filters: { label: [`${runLabel}=${run}`, nodeLabel] } })
  const found = await Promise.all(
    listed.map(async ({ Id: id, Labels }): Promise<NodeContainer> => {
      const { State, NetworkSettings } = await engine.getContainer(id).inspect()
      const [network] = Object.values(NetworkSettings.Networks)
      return { id, node: Labels[nodeLabel] ?? '', pid: State.Pid, address: network?.IPAddress ?? '' }
    }),
  )
  return new Map(found.map((one) => [one.node, one]))
}

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

/** A watchdog that is armed: it holds the fault, whatever becomes of us. */
class Watchdog {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(argument: object) {
    // A group of its own: what is sent to ours, the terminal's signals included, does not reach it.
    this.#child = spawn(process.execPath, [watchdogFile, JSON.stringify(argument)], {
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#child.on('error', () => undefined)
    this.#child.stdin?.on('error', () => undefined)
    if (this.#child.stdout === null) throw new Error('A watchdog without a pipe tells nothing.')
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  tell(line: 'inject' | 'renew' | 'undo'): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  /** Its next line, in this form; the fault's own end by its lease comes in place of what was waited for. */
  async next<T>(form: z.ZodType<T>): Promise<T> {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error('The watchdog of the fault ended without a word: its standard error tells why.')
    return form.parse(JSON.parse(value))
  }
}

export async function containerDriver(target: Breakable): Promise<Driver> {
  const { details } = expectOk('describe', await target.control.describe({}))
  const run = details[containersDetail]
  if (run === undefined)
    throw new Error(`The target does not say which containers are its own: details.${containersDetail} must name them.`)
  const socket = process.env['DOCKER_HOST']?.replace('unix://', '') ?? standardSocket
  const engine = engineAt(socket)
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
      const told = orderOf(order, await containersOf(engine, run))
      armed = new Watchdog({ socket, order: told })
      await armed.next(Armed)
      return `a watchdog takes it back from ${told.struck.length} containers ${order.leaseMs} ms after the last renewal`
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
      watchdog.tell('undo')
      const { atMs, residue } = await watchdog.next(Undone)
      watchdogs.delete(id)
      return { atMs, residue }
    },
  }
}
