import type { Clock } from '../contract/clock.ts'
import type { FinalReceipt, MeshPlane } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import { nearestRank } from '../evidence/nearest-rank.ts'

/** One beacon as its receiver used it. Times are on the target's clock, which is the host's (or virtual). */
export type Receipt = {
  readonly origin: string
  readonly receiver: string
  readonly sequence: number
  readonly scheduledAtMs: number
  readonly usedAtMs: number
}

export type Reading = {
  /** The first instant from which every receipt was read. */
  readonly fromMs: number
  readonly receipts: readonly Receipt[]
  readonly finals: readonly FinalReceipt[]
  /** Receipts that the target threw away before they were read. */
  readonly dropped: number
  /** Columns of unequal length, or times that are no numbers. */
  readonly malformed: number
}

/** The target keeps 10 s of receipts: this leaves a wide margin without polling it to death. */
const pollMs = 250

/** Every receipt from now on for `windowMs`, and what arrives in `graceMs` after it. */
export async function readReceipts(options: {
  readonly mesh: MeshPlane
  readonly clock: Clock
  readonly windowMs: number
  readonly graceMs: number
}): Promise<Reading> {
  const { mesh, clock, windowMs, graceMs } = options
  const receipts: Receipt[] = []
  const finals: FinalReceipt[] = []
  let dropped = 0
  let malformed = 0
  let cursor = expectOk('meshReceipts', await mesh.meshReceipts({ after: -1 })).next
  const fromMs = clock.nowMs()
  const untilMs = fromMs + windowMs + graceMs
  for (let reading = true; reading;) {
    await clock.sleep(Math.max(1, Math.min(pollMs, untilMs - clock.nowMs())))
    reading = clock.nowMs() < untilMs
    const page = expectOk('meshReceipts', await mesh.meshReceipts({ after: cursor }))
    cursor = page.next
    dropped += page.dropped
    finals.push(...page.finals)
    for (const { receiver, origin, sequence, scheduledAtMs, usedAtMs } of page.batches) {
      for (const [index, from] of origin.entries()) {
        const [number, scheduled, used] = [sequence[index], scheduledAtMs[index], usedAtMs[index]]
        if (number === undefined || scheduled === undefined || used === undefined) malformed += 1
        else receipts.push({ origin: from, receiver, sequence: number, scheduledAtMs: scheduled, usedAtMs: used })
      }
    }
  }
  return { fromMs, receipts, finals, dropped, malformed }
}

/** Receipts that repeat a beacon: same origin, receiver and sequence. */
export function repeated(receipts: readonly Receipt[]): number {
  return receipts.length - new Set(receipts.map((r) => `${r.origin}>${r.receiver}#${r.sequence}`)).size
}

/** Nearest-rank quantile of latencies in ms; NaN without any. */
export function latencyQuantile(receipts: readonly Receipt[], quantile: number): number {
  return (
    nearestRank(
      receipts.map((receipt) => receipt.usedAtMs - receipt.scheduledAtMs),
      quantile,
    ) ?? Number.NaN
  )
}
