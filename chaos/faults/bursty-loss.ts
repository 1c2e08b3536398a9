/**
 * Bursty loss: every link by itself loses everything for a while, then nothing (the chain of Gilbert and Elliott).
 * Undo: the target takes the path away when the lease ends, with or without us.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import { lossInBursts } from '../../suites/contract/path.ts'
import { onPaths, thinned, type FaultKind } from '../effect.ts'
import { lossOf } from './loss.ts'

export const burstyLoss = {
  name: 'bursty loss',
  primitive: 'network',
  blastRadius: 'every link, in both directions, each with bursts of its own',
  effect: 'at least half of the asked share of the beacons is missing in half a second',
  draw: (asked: { readonly share: number; readonly meanBurst: number }) => (): FaultScope => ({
    paths: [{ path: { loss: lossInBursts(asked) } }],
  }),
  hits: onPaths,
  probe: thinned(lossOf),
  downs: () => [],
} as const satisfies FaultKind & Record<string, unknown>
