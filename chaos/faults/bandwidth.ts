/**
 * Bandwidth: every link passes fewer bits a second than are sent on it, before a queue of its own: what comes waits for what came
 * before, and finds no room once the queue is full.
 * Undo: the target takes the path away when the lease ends, with or without us; what has found room still arrives.
 */
import type { FaultScope } from '../../suites/contract/control.ts'
import { compared, medianLatencyMs, onPaths, usesIn, type FaultKind, type Passage } from '../effect.ts'

/** `holdsMs`: what a full queue holds takes so long to leave it. */
export type Narrow = { readonly bitsPerS: number; readonly holdsMs: number }

const bitsPerByte = 8

/** How long a full queue takes to empty, in ms. */
function holdsMsOf({ paths: [rule] = [] }: FaultScope): number {
  const { queueBytes = 0, bitsPerS = Number.NaN } = rule?.path.bandwidth ?? {}
  return (1_000 * bitsPerByte * queueBytes) / bitsPerS
}

const sampleMs = 500
/** Of a link that passes all that is sent on it the beacons come as often as before. */
const slower = 1.1

/**
 * Mean time from one beacon of a link to its next one, in ms, without the longest of each link: when a link begins to be late
 * nothing comes for a while, and all of it after that. Not a number where no link has three beacons.
 */
export function intervalMs(uses: readonly Passage[]): number {
  const intervals = [...Map.groupBy(uses, ({ origin, receiver }) => `${origin}>${receiver}`).values()].flatMap(
    (link) => {
      const usedAtMs = link.map((one) => one.usedAtMs).toSorted((one, other) => one - other)
      return usedAtMs
        .slice(1)
        .map((atMs, place) => atMs - (usedAtMs[place] ?? Number.NaN))
        .toSorted((one, other) => one - other)
        .slice(0, -1)
    },
  )
  return intervals.reduce((sum, one) => sum + one, 0) / intervals.length
}

export const bandwidth = {
  name: 'bandwidth',
  primitive: 'network',
  blastRadius: 'every link, in both directions, each with a queue of its own; what finds room there is late, and whole',
  effect:
    'the median beacon waits for at least half as long as a full queue takes to empty, and from one to the next it takes a tenth longer than before',
  draw:
    ({ bitsPerS, holdsMs }: Narrow) =>
    (): FaultScope => ({
      paths: [
        { path: { bandwidth: { bitsPerS, queueBytes: Math.round((bitsPerS * holdsMs) / (1_000 * bitsPerByte)) } } },
      ],
    }),
  hits: onPaths,
  /** By whatever comes meanwhile, of which the most was sent before: delay alone lets as many through, and loss alone lets nobody wait. */
  probe: compared(
    (around): Promise<readonly Passage[]> => usesIn(sampleMs, around),
    (before, after, scope) => {
      const waitedMs = medianLatencyMs(after) - medianLatencyMs(before)
      const [wasMs, isMs] = [intervalMs(before), intervalMs(after)]
      const holdsMs = holdsMsOf(scope)
      return {
        proven: waitedMs >= holdsMs / 2 && isMs >= slower * wasMs,
        seen: `the median beacon is ${waitedMs.toFixed(0)} ms later, a full queue holds for ${holdsMs.toFixed(0)} ms; one comes every ${isMs.toFixed(0)} ms after every ${wasMs.toFixed(0)} ms`,
      }
    },
  ),
  downs: () => [],
} as const satisfies FaultKind & Record<string, unknown>
