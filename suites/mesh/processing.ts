import type { Receipts } from './receipts.ts'

/**
 * Latencies in ms of the beacons that waited for no other: of those of one link that were used at one instant, as they came in one
 * datagram, the last to be due. What is left of a latency then is work and the way, however long a train waits for company.
 */
export function processingMs(
  { link, scheduledAtMs, usedAtMs }: Receipts,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): number[] {
  /** Per link, the use that was read last and the latest instant that one of its beacons was due: receipts of a link come in its order. */
  const open = new Map<number, { usedMs: number; dueMs: number }>()
  const found: number[] = []
  const close = ({ usedMs, dueMs }: { usedMs: number; dueMs: number }): void => {
    if (dueMs >= fromMs && dueMs < toMs) found.push(usedMs - dueMs)
  }
  for (const [index, place] of link.entries()) {
    const [dueMs, usedMs] = [scheduledAtMs[index] ?? Number.NaN, usedAtMs[index] ?? Number.NaN]
    const last = open.get(place)
    if (last !== undefined && Math.abs(last.usedMs - usedMs) <= roundedMs) {
      last.dueMs = Math.max(last.dueMs, dueMs)
      continue
    }
    if (last !== undefined) close(last)
    open.set(place, { usedMs, dueMs })
  }
  for (const last of open.values()) close(last)
  return found
}

/** Receipts tell an instant to a microsecond, and of one latency as a 32-bit number. */
const roundedMs = 0.01
