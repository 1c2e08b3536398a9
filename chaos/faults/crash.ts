/**
 * Crash: nodes stop without a word and stay down while the lease lasts, or come back in between to crash again.
 * Blast radius: exactly the drawn nodes; every other pair of nodes goes on talking.
 * Proof of effect: no beacon that a crashed node scheduled after the injection is used by anyone,
 * nor does a crashed node use any, while other beacons go on.
 * Undo: the target starts the nodes again when the lease ends, with or without us.
 */
import type { CrashLoop, FaultScope } from '../../suites/contract/control.ts'
import type { Random } from '../../suites/contract/random.ts'
import { onNodes, silence, type FaultKind } from '../effect.ts'
import { shuffled } from '../schedule.ts'

export const crash = {
  name: 'crash',
  primitive: 'crash',
  blastRadius: 'exactly the drawn nodes; every other pair of nodes goes on talking',
  effect: 'no beacon to or from a crashed node is used for 200 ms while others go on',
  /** Draws `count` victims. */
  draw:
    (count: number) =>
    (nodes: readonly string[], random: Random): FaultScope => ({ nodes: shuffled(nodes, random).slice(0, count) }),
  /** Draws a share of the nodes. */
  drawShare:
    (share: number) =>
    (nodes: readonly string[], random: Random): FaultScope =>
      crash.draw(Math.round(nodes.length * share))(nodes, random),
  /** Draws `count` victims, each of which crashes again and again. */
  drawLoop:
    (count: number, loop: CrashLoop) =>
    (nodes: readonly string[], random: Random): FaultScope => ({ ...crash.draw(count)(nodes, random), loop }),
  probe: silence,
  hits: onNodes,
  /** Nodes that are not alive while the fault lasts. */
  downs: (scope: FaultScope): readonly string[] => scope.nodes ?? [],
} as const satisfies FaultKind & Record<string, unknown>
