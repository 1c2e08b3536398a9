/**
 * Faults on containers from outside: SIGKILL and start again, signals that stop them, packet filters and an emulator in their network namespaces. Only
 * containers that the target names are touched, and of those only the ones that bear the name of the node to be struck.
 */
import { createHash } from 'node:crypto'
import { containerLabels } from '../../suites/contract/containers.ts'
import type { Driver, FaultOrder } from '../lease.ts'
import { containerSupports, type ContainerOrder } from './container-faults.ts'
import { sweepContainers } from './container-sweep.ts'
import { findEmulator } from './emulator.ts'
import { watchdogFile } from './held-records.ts'
import type { Breakable } from './label.ts'
import { containersOf, findContained, type NodeContainer } from './node-containers.ts'
import { watchedDriver } from './watched-driver.ts'

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

/** What an earlier watchdog has left, which was killed itself, is taken back first. */
export async function containerDriver(target: Breakable): Promise<Driver> {
  const contained = await findContained(target.control)
  return watchedDriver({
    name: 'container',
    supports: containerSupports,
    target,
    swept: await sweepContainers(),
    plan: async (order) => {
      const told = orderOf(order, await containersOf(contained))
      return {
        file: watchdogFile,
        argument: { socket: contained.socket, order: told },
        sweep: sweepContainers,
        takesBack: `${told.struck.length} containers`,
      }
    },
  })
}
