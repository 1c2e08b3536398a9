/**
 * Isolation: drawn nodes reach nobody and nobody reaches them, not even one another; they stay up.
 * Undo: the target takes the paths away when the lease ends, with or without us.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import { severed } from '../../suites/contract/path.ts'
import type { Random } from '../../suites/contract/random.ts'
import { onPaths, silence, type FaultKind } from '../effect.ts'
import { shuffled } from '../schedule.ts'

export const isolation = {
  name: 'isolation',
  primitive: 'network',
  blastRadius: 'all links of the drawn nodes; the nodes stay up, and every other pair goes on talking',
  effect: 'no beacon to or from them is used for 200 ms while others go on',
  draw:
    (count: number) =>
    (nodes: readonly string[], random: Random): FaultScope => {
      const victims = shuffled(nodes, random).slice(0, count)
      return {
        paths: [
          { from: victims, path: severed },
          { to: victims, path: severed },
        ],
      }
    },
  hits: onPaths,
  probe: silence,
  downs: () => [],
  severs: ({ paths = [] }) => paths.flatMap(({ from = [], to = [] }) => [...from, ...to]),
} as const satisfies FaultKind & Record<string, unknown>
