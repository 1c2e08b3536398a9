/**
 * Clock skew: somebody has set the clocks of drawn nodes, far ahead or far behind, and later sets them right: two jumps.
 * Undo: the target sets them right when the lease ends, with or without us.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import type { Random } from '../../suites/contract/random.ts'
import { compared, usesIn, type Around, type FaultKind } from '../effect.ts'
import { shuffled } from '../schedule.ts'

const sampleMs = 500

/** Median of how long beacons of the drawn nodes took by what they say, negative where they were sent in time to come; not a number of none. */
async function tookMs(around: Around): Promise<number> {
  const took = (await usesIn(sampleMs, around)).map(({ scheduledAtMs, usedAtMs }) => usedAtMs - scheduledAtMs)
  return took.toSorted((one, other) => one - other)[Math.floor(took.length / 2)] ?? Number.NaN
}

export const clockSkew = {
  name: 'clock skew',
  primitive: 'clock-skew',
  blastRadius: 'what the drawn nodes tell of instants; nothing is lost or late, everyone stays up',
  effect:
    'the beacons of the drawn nodes say that they were sent at least half of the asked time before or after they were, or none of them is used any more',
  draw:
    (count: number, skewMs: number) =>
    (nodes: readonly string[], random: Random): FaultScope => ({
      nodes: shuffled(nodes, random).slice(0, count),
      skewMs,
    }),
  hits: ({ nodes }) => {
    const skewed = new Set(nodes)
    return (origin) => skewed.has(origin)
  },
  probe: compared(tookMs, (before, after, { skewMs = 0 }) => {
    const ahead = before - after
    // A mesh that believes nobody with another clock is FAIL and not in doubt.
    const isShut = !Number.isNaN(before) && Number.isNaN(after)
    const told = `the clocks of the senders are ${ahead.toFixed(0)} ms ahead, ${skewMs} ms asked`
    return {
      proven: skewMs !== 0 && (isShut || ahead / skewMs >= 0.5),
      seen: isShut ? 'no beacon of theirs is used any more' : told,
    }
  }),
  downs: () => [],
} as const satisfies FaultKind & Record<string, unknown>
