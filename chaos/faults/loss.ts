/**
 * Loss: a share of all datagrams everywhere never arrives, each by a lot of its own.
 * Undo: the target takes the path away when the lease ends, with or without us.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import { fullWindow, onPaths, thinned, type FaultKind } from '../effect.ts'

/** The share that a fault of the network loses, whatever its course: of a chain, in its stationary distribution. */
export function lossOf({ paths: [rule] = [] }: FaultScope): number {
  const loss = rule?.path.loss
  if (loss === undefined) return 0
  if ('share' in loss) return loss.share
  const { toBad, toGood, lossInBad, lossInGood } = loss
  return (toBad * lossInBad + toGood * lossInGood) / (toBad + toGood)
}

export const loss = {
  name: 'loss',
  primitive: 'network',
  blastRadius: 'every link, in both directions',
  effect: 'at least half of the asked share of the beacons is missing in half a second',
  draw: (share: number) => (): FaultScope => ({ paths: [{ path: { loss: { share } } }] }),
  hits: onPaths,
  probe: thinned(lossOf),
  downs: () => [],
  /** A link whose quality has fallen by half of the asked loss. */
  tells: (scope) => (now, before) => {
    const fall = (lossOf(scope) / 2) * fullWindow
    const were = new Map(before.links.map(({ peer, quality }) => [peer, quality]))
    return now.links.some(({ peer, quality }) => (were.get(peer) ?? 0) - quality >= fall)
  },
} as const satisfies FaultKind & Record<string, unknown>
