import type { Clock } from '../contract/clock.ts'
import type { FinalReceipt, MeshPlane, ReceiptBatch } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'

/**
 * Receipts in columns: entry i of each belongs to one beacon, an object each would cost more than the reading.
 * Times are on the target's clock, which is the host's (or virtual).
 */
export type Receipts = {
  /** Place in `links`. */
  readonly link: number[]
  readonly sequence: number[]
  readonly scheduledAtMs: number[]
  readonly usedAtMs: number[]
  readonly links: { readonly origin: string; readonly receiver: string }[]
}

export type Reading = {
  /** The first instant from which every receipt was read. */
  readonly fromMs: number
  readonly receipts: Receipts
  readonly finals: readonly FinalReceipt[]
  /** Receipts that the target threw away before they were read, as it says. */
  readonly dropped: number
  /** Columns of unequal length, or times that are no numbers. */
  readonly malformed: number
  /** Receipts that were due in an earlier answer, or tell of a use after the answer: a clock that is not the host's, or times made up. */
  readonly misplaced: number
  /** Receipts of receivers that were not asked for. */
  readonly strange: number
}

export type ReceiptReader = {
  /** The first instant from which every receipt is read. */
  readonly fromMs: number
  /** Everything that is used until this says so; the reader is spent. */
  readonly readUntil: (isOver: () => boolean) => Promise<Reading>
}

/** The target keeps receipts for seconds: this leaves a wide margin without polling it to death. */
const pollMs = 250
/** Receipts tell microseconds, rounded: a use may seem to be so much earlier or later than it was. */
const roundedMs = 0.001

type Span = { readonly sinceMs: number; readonly untilMs: number }
type Counts = { malformed: number; misplaced: number; strange: number }

/** Appends answers to columns, and counts what can't be. */
function collector(wanted: ReadonlySet<string> | null): {
  readonly receipts: Receipts
  readonly counts: Counts
  readonly add: (batch: ReceiptBatch, span: Span) => void
} {
  const receipts: Receipts = { link: [], sequence: [], scheduledAtMs: [], usedAtMs: [], links: [] }
  const counts: Counts = { malformed: 0, misplaced: 0, strange: 0 }
  const places = new Map<string, Map<string, number>>()
  const placeOf = (known: Map<string, number>, origin: string, receiver: string): number => {
    const place = known.get(origin) ?? receipts.links.push({ origin, receiver }) - 1
    known.set(origin, place)
    return place
  }
  const add = ({ receiver, origin, sequence, scheduledAtMs, usedAtMs }: ReceiptBatch, { sinceMs, untilMs }: Span) => {
    if (wanted !== null && !wanted.has(receiver)) counts.strange += origin.length
    const known = places.get(receiver) ?? new Map<string, number>()
    places.set(receiver, known)
    for (const [index, from] of origin.entries()) {
      const [number, scheduled, used] = [sequence[index], scheduledAtMs[index], usedAtMs[index]]
      if (number === undefined || scheduled === undefined || used === undefined) {
        counts.malformed += 1
        continue
      }
      if (used < sinceMs - roundedMs || used > untilMs + roundedMs) counts.misplaced += 1
      receipts.link.push(placeOf(known, from, receiver))
      receipts.sequence.push(number)
      receipts.scheduledAtMs.push(scheduled)
      receipts.usedAtMs.push(used)
    }
  }
  return { receipts, counts, add }
}

/**
 * Starts to read at the newest receipt, of all receivers or of those named. An answer holds all that was used before it
 * was asked for: so a use that first shows in a later one was dated back. What is dated back by less than the way of a
 * question to the nodes, a few milliseconds, is not seen.
 */
export async function openReceipts(options: {
  readonly mesh: MeshPlane
  readonly clock: Clock
  readonly receivers?: readonly string[]
}): Promise<ReceiptReader> {
  const { mesh, clock, receivers } = options
  const named = receivers === undefined ? {} : { receivers: receivers.join(',') }
  const { receipts, counts, add } = collector(receivers === undefined ? null : new Set(receivers))
  const finals: FinalReceipt[] = []
  let dropped = 0
  let sinceMs = clock.nowMs()
  let cursor = expectOk('meshReceipts', await mesh.meshReceipts({ after: -1, ...named })).next
  const readOnce = async (): Promise<void> => {
    const askedMs = clock.nowMs()
    const answer = expectOk('meshReceipts', await mesh.meshReceipts({ after: cursor, ...named }))
    const span = { sinceMs, untilMs: clock.nowMs() }
    for (const batch of answer.batches) add(batch, span)
    finals.push(...answer.finals)
    dropped += answer.dropped
    cursor = answer.next
    sinceMs = askedMs
  }
  const fromMs = clock.nowMs()
  const readUntil = async (isOver: () => boolean): Promise<Reading> => {
    for (let reading = true; reading;) {
      await clock.sleep(pollMs)
      // The last answer is asked for after it is over.
      reading = !isOver()
      await readOnce()
    }
    return { fromMs, receipts, finals, dropped, ...counts }
  }
  return { fromMs, readUntil }
}

/** Latencies in ms of what was scheduled in [fromMs, toMs). */
export function latenciesMs(
  { scheduledAtMs, usedAtMs }: Receipts,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): number[] {
  const latencies: number[] = []
  for (const [index, scheduled] of scheduledAtMs.entries()) {
    if (scheduled >= fromMs && scheduled < toMs) latencies.push((usedAtMs[index] ?? Number.NaN) - scheduled)
  }
  return latencies
}
