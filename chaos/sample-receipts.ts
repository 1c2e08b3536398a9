/** Receipts for self tests of what proves a fault: a mesh of which nothing else is to be had. */
import type { MeshPlane, ReceiptBatch } from '../suites/contract/mesh.ts'
import { ok } from '../suites/contract/outcome.ts'
import type { Around, EffectProof, FaultKind } from './effect.ts'
import type { FaultScope } from '../suites/contract/control.ts'

/** A directed link, by its place among all. */
export type Way = (link: number, sequence: number) => number | null

const everyMs = 10

/**
 * So many links, each of which carries a beacon every 10 ms from instant 0 on; `way` answers how long one is on its way, in ms, and
 * null for one that is lost. Time passes only where somebody sleeps.
 */
export function sampleReceipts(links: number, way: Way): Pick<Around, 'mesh' | 'clock'> {
  let nowMs = 0
  const batch = (link: number, afterMs: number): ReceiptBatch => {
    const sequence: number[] = []
    const scheduledAtMs: number[] = []
    const usedAtMs: number[] = []
    for (let number = 0; number * everyMs <= nowMs; number += 1) {
      const ms = way(link, number)
      const atMs = number * everyMs + (ms ?? Number.NaN)
      if (!(atMs > afterMs && atMs <= nowMs)) continue
      sequence.push(number)
      scheduledAtMs.push(number * everyMs)
      usedAtMs.push(atMs)
    }
    return { receiver: `to-${link}`, origin: sequence.map(() => `from-${link}`), sequence, scheduledAtMs, usedAtMs }
  }
  const meshReceipts: MeshPlane['meshReceipts'] = async ({ after }) => {
    const afterMs = Number(after) === -1 ? nowMs : Number(after)
    const batches = Array.from({ length: links }, (_, link) => batch(link, afterMs))
    return ok({ next: nowMs, batches, finals: [], dropped: 0 })
  }
  const sleep = async (ms: number): Promise<void> => {
    nowMs += ms
  }
  // What proves an effect by receipts reads nothing else.
  return { mesh: { meshReceipts } as MeshPlane, clock: { nowMs: () => nowMs, sleep } }
}

/** What a fault's own probe finds where `before` is on the way until it has looked at the healthy mesh, and `after` from then on. */
export async function proofOf(
  kind: Pick<FaultKind, 'probe' | 'hits'>,
  scope: FaultScope,
  { links, before, after }: { readonly links: number; readonly before: Way; readonly after: Way },
): Promise<EffectProof> {
  let struckFrom = Number.POSITIVE_INFINITY
  const around = sampleReceipts(links, (link, sequence) =>
    sequence * everyMs < struckFrom ? before(link, sequence) : after(link, sequence),
  )
  const prove = await kind.probe({ ...around, scope, hits: kind.hits(scope) })
  const appliedAtMs = around.clock.nowMs()
  struckFrom = appliedAtMs
  return prove({ appliedAtMs, renew: async () => undefined })
}
