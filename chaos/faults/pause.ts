/**
 * Pause: nodes stand still, as a stopped process or a frozen machine does, and go on where they were when it ends.
 * Undo: the target lets them go on when the lease ends, with or without us.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import type { Random } from '../../suites/contract/random.ts'
import { onNodes, silence, type FaultKind } from '../effect.ts'
import { shuffled } from '../schedule.ts'

export const pause = {
  name: 'pause',
  primitive: 'pause',
  blastRadius: 'exactly the drawn nodes, which keep their memory; every other pair of nodes goes on talking',
  effect: 'no beacon to or from a paused node is used for 200 ms while others go on',
  draw:
    (count: number) =>
    (nodes: readonly string[], random: Random): FaultScope => ({ nodes: shuffled(nodes, random).slice(0, count) }),
  hits: onNodes,
  probe: silence,
  downs: ({ nodes = [] }: FaultScope) => nodes,
} as const satisfies FaultKind & Record<string, unknown>
