/**
 * Slow: the process of a drawn node goes for only a share of the time, as one does that keeps reaching its CPU quota.
 * Undo: the target gives it its time back when the lease ends, with or without us.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import type { Random } from '../../suites/contract/random.ts'
import { onNodes, slower, type FaultKind } from '../effect.ts'
import { shuffled } from '../schedule.ts'

/** Most of what comes to a process that stands for more than half of the time waits until it goes on, for longer than a healthy link takes. */
const factor = 2

export const slow = {
  name: 'slow',
  primitive: 'slow',
  blastRadius: 'the process of each drawn node, with all nodes that it runs; nothing is lost, everyone stays up',
  effect: 'the median latency of the beacons to and from the drawn nodes at least doubles',
  draw:
    (count: number, cpuShare: number) =>
    (nodes: readonly string[], random: Random): FaultScope => ({
      nodes: shuffled(nodes, random).slice(0, count),
      cpuShare,
    }),
  hits: onNodes,
  probe: slower(factor),
  downs: () => [],
  /** A link of a drawn node whose latency, as either end reports it, has doubled. */
  tells: ({ nodes }) => {
    const drawn = new Set(nodes)
    return (now, before) => {
      const were = new Map(before.links.map(({ peer, latencyMs = Infinity }) => [peer, latencyMs]))
      // A link that was made since is held against the slowest of before.
      const slowest = Math.max(...were.values())
      return now.links.some(
        ({ peer, latencyMs = 0 }) =>
          (drawn.has(now.id) || drawn.has(peer)) && latencyMs >= factor * (were.get(peer) ?? slowest),
      )
    }
  },
} as const satisfies FaultKind & Record<string, unknown>
