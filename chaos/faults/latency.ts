/**
 * Latency: datagrams are late by a delay with jitter, everywhere or on a share of the links, there in one direction only.
 * Undo: the target takes the paths away when the lease ends, with or without us; what is under way still arrives.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import type { Random } from '../../suites/contract/random.ts'
import { onPaths, slowed, type FaultKind } from '../effect.ts'

export type Delay = { readonly delayMs: number; readonly jitterMs?: number }

function delayOf({ paths: [rule] = [] }: FaultScope): Required<Delay> {
  const { delayMs = 0, jitterMs = 0 } = rule?.path.latency ?? {}
  return { delayMs, jitterMs }
}

/**
 * For each node the peers to which it is slow: a share of all pairs, each in the direction that the lot says. Where chance
 * draws none, as it may of the few pairs of a small mesh, it draws again: a fault on no link is none.
 */
function drawWays(nodes: readonly string[], share: number, random: Random): ReadonlyMap<string, string[]> {
  if (nodes.length < 2 || share <= 0)
    throw new Error('One direction of no pair can be slow: give it nodes and a share.')
  const ways = new Map<string, string[]>()
  for (const [index, one] of nodes.entries()) {
    for (const other of nodes.slice(index + 1)) {
      if (random.float() >= share) continue
      const [from, to] = random.integer(0, 1) === 0 ? [one, other] : [other, one]
      ways.set(from, [...(ways.get(from) ?? []), to])
    }
  }
  return ways.size === 0 ? drawWays(nodes, share, random) : ways
}

export const latency = {
  name: 'latency',
  primitive: 'network',
  blastRadius: 'every link, or one direction of a drawn share of them; nothing is lost',
  effect:
    'the median latency of the beacons there rises by at least half of the asked delay, and its quartiles move apart by half of the asked jitter',
  everywhere: (asked: Delay) => (): FaultScope => ({ paths: [{ path: { latency: asked } }] }),
  oneWay:
    (asked: Delay, share: number) =>
    (nodes: readonly string[], random: Random): FaultScope => ({
      paths: Array.from(drawWays(nodes, share, random), ([from, to]) => ({
        from: [from],
        to,
        path: { latency: asked },
      })),
    }),
  hits: onPaths,
  probe: slowed(delayOf),
  downs: () => [],
  /** A link that reports half of the delay more than before. */
  tells: (scope) => (now, before) => {
    const were = new Map(before.links.map(({ peer, latencyMs }) => [peer, latencyMs]))
    return now.links.some(
      ({ peer, latencyMs }) => (latencyMs ?? 0) - (were.get(peer) ?? Infinity) >= delayOf(scope).delayMs / 2,
    )
  },
} as const satisfies FaultKind & Record<string, unknown>
