/**
 * Flapping: the mesh falls into halves, is whole again, falls into other halves, and so on: each partition is there for half
 * of its period, too long to be overlooked and too short to settle in.
 * Undo: the target takes the paths away when the lease ends, with or without us.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import { severed } from '../../suites/contract/path.ts'
import type { Random } from '../../suites/contract/random.ts'
import { onPaths, silence, type FaultKind } from '../effect.ts'
import { shuffled } from '../schedule.ts'

/** One of its partitions: when it comes after the injection, and the scope of just that. */
export type Flap = { readonly fromMs: number; readonly forMs: number; readonly scope: FaultScope }

/** Its partitions in the order in which they come. */
export function flapsOf({ paths = [] }: FaultScope): readonly Flap[] {
  const turns = Map.groupBy(paths, ({ path }) => path.window?.fromMs ?? 0)
  return [...turns]
    .map(([fromMs, rules]) => ({ fromMs, forMs: rules[0]?.path.window?.forMs ?? 0, scope: { paths: rules } }))
    .toSorted((one, other) => one.fromMs - other.fromMs)
}

/** What the first partition stops: the proof is over before the second one comes. */
const first = (scope: FaultScope): FaultScope => flapsOf(scope)[0]?.scope ?? {}

export const flapping = {
  name: 'flapping',
  primitive: 'network',
  blastRadius: 'the links between two halves that change from period to period; every node stays up',
  effect: 'no beacon crosses the first partition for 200 ms while those inside go on',
  draw:
    ({ partitions, flapPeriodS }: { readonly partitions: number; readonly flapPeriodS: number }) =>
    (nodes: readonly string[], random: Random): FaultScope => ({
      paths: Array.from({ length: partitions }, (_, turn) => {
        const order = shuffled(nodes, random)
        const half = Math.ceil(order.length / 2)
        const [one, other] = [order.slice(0, half), order.slice(half)]
        const periodMs = 1_000 * flapPeriodS
        const window = { periodMs: partitions * periodMs, fromMs: turn * periodMs, forMs: periodMs / 2 }
        const path = { ...severed, window }
        return [
          { from: one, to: other, path },
          { from: other, to: one, path },
        ]
      }).flat(),
    }),
  hits: (scope) => onPaths(first(scope)),
  probe: silence,
  downs: () => [],
} as const satisfies FaultKind & Record<string, unknown>
