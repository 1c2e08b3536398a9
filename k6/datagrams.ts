/**
 * Signed beacon batches by UDP. A datagram is never answered and may be lost, so it is sent again until
 * the mesh has a receipt for it: what was used, and when, is read over HTTP.
 */
import { sleep } from 'k6'
import http from 'k6/http'
import { nowMs, udpSend } from 'k6/x/meshcert'
import { numberOf } from './answer.ts'
import { clockSlackMs } from './beacons.ts'
import { environment } from './environment.ts'
import type { SignedBatch } from './peer.ts'
import { check, fact } from './recording.ts'
import type { Load } from './schedule.ts'

/** Until the first look at the receipts, twice as long until each next one; what is told late is not used later. */
const firstLookS = 0.01
const sendAgainMs = 250

type Receipt = { readonly sequence: number; readonly usedAtMs: number }

function receiptsOf(peerId: string, timeout: number): readonly Receipt[] {
  const answer = http.get(`${environment.targetUrl()}/v1/mesh/peers/${peerId}/receipts`, { timeout })
  try {
    const body: unknown = answer.status === 200 ? answer.json() : null
    const items: readonly unknown[] = Array.isArray(body) ? body : []
    return items.map((item) => {
      const fields = { ...(item as object) }
      return { sequence: numberOf(fields, 'sequence'), usedAtMs: numberOf(fields, 'usedAtMs') }
    })
  } catch {
    return []
  }
}

/** A port that nobody holds any more refuses; that is as silent as a datagram that is lost. */
function send(address: string, text: string): void {
  try {
    udpSend(address, text)
  } catch {
    return
  }
}

export type Sent = {
  readonly batch: SignedBatch
  readonly sequences: readonly number[]
  readonly scheduledAtMs: number
}

/** When the last beacon of the batch was used; null when some had no receipt before the load's patience ended. */
export function sendUntilUsed(load: Load, address: string, { batch, sequences, scheduledAtMs }: Sent): number | null {
  const text = JSON.stringify(batch)
  const untilMs = scheduledAtMs + load.patienceMs
  const firstMs = nowMs()
  let found: readonly Receipt[] = []
  let lookS = firstLookS
  for (let lastMs = Number.NEGATIVE_INFINITY; nowMs() < untilMs && found.length < sequences.length;) {
    if (nowMs() - lastMs >= sendAgainMs) {
      send(address, text)
      lastMs = nowMs()
    }
    sleep(lookS)
    lookS = Math.min(lookS * 2, sendAgainMs / 1_000)
    const receipts = receiptsOf(batch.peerId, Math.max(1, untilMs - nowMs()))
    found = receipts.filter(({ sequence }) => sequences.includes(sequence))
  }
  const used = found.length === sequences.length && new Set(found.map(({ sequence }) => sequence)).size === found.length
  check('signed datagram is used once', used, () => `${found.length} receipts of ${sequences.length} beacons`)
  if (!used) return null
  const usedAtMs = Math.max(...found.map((receipt) => receipt.usedAtMs))
  const [afterMs, readMs] = [usedAtMs - firstMs, nowMs() - firstMs]
  const between = afterMs >= -clockSlackMs && afterMs <= readMs + clockSlackMs
  check(
    'usedAtMs of a datagram lies between send and receipt',
    between,
    () => `${afterMs} ms after the send, read after ${readMs} ms`,
  )
  if (usedAtMs >= scheduledAtMs) fact('beacon-datagram-scheduled-to-used', usedAtMs - scheduledAtMs)
  return usedAtMs
}
