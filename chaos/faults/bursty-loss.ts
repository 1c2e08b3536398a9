/**
 * Bursty loss: every link by itself loses everything for a while, then nothing (the chain of Gilbert and Elliott).
 * Undo: the target takes the path away when the lease ends, with or without us.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import { lossInBursts } from '../../suites/contract/path.ts'
import { compared, onPaths, usesIn, type Around, type FaultKind, type Passage } from '../effect.ts'
import { lossOf } from './loss.ts'

/** How many datagrams the chain loses in a row, on average. */
const burstOf = ({ paths: [rule] = [] }: FaultScope): number => {
  const loss = rule?.path.loss
  return loss === undefined || 'share' in loss ? 1 : 1 / loss.toGood
}

/** After the last part a beacon is still on its way: whether it is missing is not known yet. */
const sampleMs = { counted: 500, undecided: 300 }
/** What is twice as long as it would be by chance, or as was asked, is not what is looked for by chance. */
const factor = 2

/** Beacons that were used, and those of them whose next one on the link was used, too. */
export type Runs = { readonly used: number; readonly followed: number }

/** Of the beacons that were scheduled in [fromMs, untilMs). */
export function runsOf(
  uses: readonly Passage[],
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): Runs {
  const links = Map.groupBy(uses, ({ origin, receiver }) => `${origin}>${receiver}`)
  let [used, followed] = [0, 0]
  for (const passages of links.values()) {
    const numbers = new Set(passages.map(({ sequence }) => sequence))
    for (const { sequence, scheduledAtMs } of passages) {
      if (!(scheduledAtMs >= fromMs && scheduledAtMs < untilMs)) continue
      used += 1
      if (numbers.has(sequence + 1)) followed += 1
    }
  }
  return { used, followed }
}

async function sample(around: Around): Promise<Runs> {
  const fromMs = around.clock.nowMs()
  const uses = await usesIn(sampleMs.counted + sampleMs.undecided, around)
  return runsOf(uses, { fromMs, untilMs: fromMs + sampleMs.counted })
}

/**
 * How many are missing in a row on average: all that are missing for every burst, and a burst begins with each used beacon whose
 * next one is missing. So a burst that is longer than the sample counts with its length. Infinite where none begins.
 */
const meanRun = (lost: number, { used, followed }: Runs): number => lost / ((1 - lost) * (1 - followed / used))

export const burstyLoss = {
  name: 'bursty loss',
  primitive: 'network',
  blastRadius: 'every link, in both directions, each with bursts of its own',
  effect:
    'at least half of the asked share of the beacons is missing, in runs of half to twice the asked length that are twice as long as if each were lost by a lot of its own',
  draw: (asked: { readonly share: number; readonly meanBurst: number }) => (): FaultScope => ({
    paths: [{ path: { loss: lossInBursts(asked) } }],
  }),
  hits: onPaths,
  probe: compared(sample, (before, after, scope) => {
    const [share, asked] = [lossOf(scope), burstOf(scope)]
    const lost = before.used === 0 ? 0 : 1 - after.used / before.used
    const run = meanRun(lost, after)
    // What loses each beacon by a lot of its own loses so many in a row.
    const byLot = 1 / (1 - lost)
    return {
      proven: lost >= share / 2 && run >= Math.max(asked / factor, factor * byLot) && run <= factor * asked,
      seen: `${after.used} beacons where ${before.used} came before: ${lost.toFixed(2)} lost, ${share.toFixed(2)} asked; ${run.toFixed(1)} in a row, ${byLot.toFixed(1)} if each for itself, ${asked.toFixed(1)} asked`,
    }
  }),
  downs: () => [],
} as const satisfies FaultKind & Record<string, unknown>
