/**
 * Partition: groups of nodes that can't reach one another, in neither direction.
 * Blast radius: the links between the groups; inside a group nothing changes, and every node stays up.
 * Proof of effect: no beacon scheduled after the injection crosses from one group to another, while
 * beacons inside the groups go on.
 * Undo: the target joins the groups again when the lease ends, with or without us.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import type { Random } from '../../suites/contract/random.ts'
import { silence, type FaultKind, type Hits } from '../effect.ts'
import { shuffled } from '../schedule.ts'

export const partition = {
  name: 'partition',
  primitive: 'partition',
  blastRadius: 'the links between the groups; inside a group nothing changes, and every node stays up',
  effect: 'no beacon crosses from one group to another for 200 ms while those inside go on',
  /** Cuts the nodes into `groups` random groups of equal size, the last one smaller if need be. */
  draw:
    (groups: number) =>
    (nodes: readonly string[], random: Random): FaultScope => {
      const order = shuffled(nodes, random)
      const size = Math.ceil(order.length / groups)
      return {
        groups: Array.from({ length: groups }, (_, group) => order.slice(group * size, (group + 1) * size).sort()),
      }
    },
  probe: silence,
  hits: (scope: FaultScope): Hits => {
    const groupOf = new Map((scope.groups ?? []).flatMap((group, index) => group.map((node) => [node, index] as const)))
    return (origin, receiver) => {
      const [from, to] = [groupOf.get(origin), groupOf.get(receiver)]
      return from !== undefined && to !== undefined && from !== to
    }
  },
  downs: (): readonly string[] => [],
} as const satisfies FaultKind & Record<string, unknown>
