/**
 * Slow: the process of a drawn node gets only a share of the processor time that it asks for, as under a CPU quota.
 * Undo: the target gives it its time back when the lease ends, with or without us.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import type { Random } from '../../suites/contract/random.ts'
import { onNodes, slower, type FaultKind } from '../effect.ts'
import { shuffled } from '../schedule.ts'

/** A quota of a tenth makes each piece of work take ten times as long; what waits for nothing else still doubles. */
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
