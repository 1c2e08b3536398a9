/**
 * One-way cut: what drawn nodes send reaches nobody, or nothing reaches them, by lot; the other direction is whole.
 * Either is worse than a clean cut: a mute node hears all is well, a deaf one accuses everybody in a voice that is heard.
 * Undo: the target takes the path away when the lease ends, with or without us.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import { severed } from '../../suites/contract/path.ts'
import type { Random } from '../../suites/contract/random.ts'
import { onPaths, oneWaySilence, type FaultKind } from '../effect.ts'
import { shuffled } from '../schedule.ts'

export const oneWayCut = {
  name: 'one-way cut',
  primitive: 'network',
  blastRadius: 'one direction of the drawn nodes’ links; the other direction and every other pair are whole',
  effect: 'no beacon passes in that direction for 200 ms while some pass in the other',
  draw:
    (count: number) =>
    (nodes: readonly string[], random: Random): FaultScope => {
      const victims = shuffled(nodes, random).slice(0, count)
      const isMute = random.integer(0, 1) === 0
      return { paths: [isMute ? { from: victims, path: severed } : { to: victims, path: severed }] }
    },
  hits: onPaths,
  probe: oneWaySilence,
  downs: () => [],
  severs: ({ paths = [] }) => paths.flatMap(({ from = [], to = [] }) => [...from, ...to]),
} as const satisfies FaultKind & Record<string, unknown>
