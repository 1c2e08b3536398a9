/**
 * Zone cut: the nodes lie in zones of equal size, and some zones, each for itself, are cut off from everybody else.
 * Undo: the target takes the paths away when the lease ends, with or without us.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import { severed } from '../../suites/contract/path.ts'
import type { Random } from '../../suites/contract/random.ts'
import { onPaths, silence, type FaultKind } from '../effect.ts'
import { shuffled } from '../schedule.ts'

export const zoneCut = {
  name: 'zone cut',
  primitive: 'network',
  blastRadius: 'links between a cut zone and the others; inside a zone nothing changes, and every node stays up',
  effect: 'no beacon crosses the border of a cut zone for 200 ms while others go on',
  draw:
    ({ zones, cut }: { readonly zones: number; readonly cut: number }) =>
    (nodes: readonly string[], random: Random): FaultScope => {
      const order = shuffled(nodes, random)
      const size = Math.ceil(order.length / zones)
      return {
        paths: Array.from({ length: cut }, (_, zone) => order.slice(zone * size, (zone + 1) * size)).flatMap(
          (inside) => {
            const outside = nodes.filter((node) => !inside.includes(node))
            return [
              { from: inside, to: outside, path: severed },
              { from: outside, to: inside, path: severed },
            ]
          },
        ),
      }
    },
  hits: onPaths,
  probe: silence,
  downs: () => [],
  // Of the two paths across each border the one from a cut zone comes first.
  apart: ({ paths = [] }) => paths.flatMap(({ from }, path) => (path % 2 === 0 && from ? [from] : [])),
} as const satisfies FaultKind & Record<string, unknown>
