/**
 * Crypto errors: the cryptography of drawn nodes errs now and then, as a faulty accelerator or memory does: a share of what
 * they seal carries a wrong tag, a share of what they decapsulate is a wrong secret, which shows only when it is used.
 * Undo: the target lets them compute rightly when the lease ends, with or without us.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import type { Random } from '../../suites/contract/random.ts'
import type { FaultKind } from '../effect.ts'
import { shuffled } from '../schedule.ts'
import { compromise } from './compromise.ts'

export const cryptoErrors = {
  name: 'crypto errors',
  primitive: 'crypto-errors',
  blastRadius: 'what the drawn nodes seal and decapsulate; they hear everybody, and every other pair is whole',
  effect: 'ten frames or more are refused and counted',
  draw:
    (count: number, errorShare: number) =>
    (nodes: readonly string[], random: Random): FaultScope => ({
      nodes: shuffled(nodes, random).slice(0, count),
      errorShare,
    }),
  hits: ({ nodes }) => {
    const erring = new Set(nodes)
    return (origin) => erring.has(origin)
  },
  // Wrong tags are refused and counted, like those of forged beacons; so few missing beacons may be chance.
  probe: compromise.probe,
  falsifies: true,
  downs: () => [],
  signs: compromise.signs,
} as const satisfies FaultKind & Record<string, unknown>
