import { describe, expect, test } from 'vitest'
import type { MeshPlane, ReceiptBatch } from '../suites/contract/mesh.ts'
import { ok } from '../suites/contract/outcome.ts'
import { proveSilence, trafficBefore } from './effect.ts'

/** A mesh of which only the receipts matter: each named link carries a beacon every 10 ms unless `passes` says no. */
function meshOf(links: readonly (readonly [string, string])[], passes: (origin: string, nowMs: number) => boolean) {
  let now = 0
  const sleep = async (ms: number): Promise<void> => {
    now += ms
  }
  const clock = { nowMs: () => now, sleep }
  const batch = (origin: string, receiver: string, from: number): ReceiptBatch => {
    const times: number[] = []
    for (let at = Math.ceil((from + 1) / 10) * 10; at <= now; at += 10) if (passes(origin, at)) times.push(at)
    return {
      receiver,
      origin: times.map(() => origin),
      sequence: times,
      scheduledAtMs: times,
      usedAtMs: times.map((at) => at + 1),
    }
  }
  const meshReceipts: MeshPlane['meshReceipts'] = async ({ after }) => {
    const from = Number(after) === -1 ? now : Number(after)
    return ok({ next: now, batches: links.map(([origin, to]) => batch(origin, to, from)), finals: [], dropped: 0 })
  }
  // The proof reads receipts only.
  return { mesh: { meshReceipts } as MeshPlane, clock }
}

const links = [
  ['victim', 'a'],
  ['b', 'a'],
] as const
const silenced = (origin: string) => origin === 'victim'
const prove = async (passes: (origin: string, nowMs: number) => boolean) => {
  const { mesh, clock } = meshOf(links, passes)
  const before = await trafficBefore(mesh, clock, silenced)
  return proveSilence({ mesh, clock, silenced, before, appliedAtMs: clock.nowMs(), renew: async () => undefined })
}

describe('an effect', () => {
  test('is proven when the traffic stops and other traffic goes on', async () => {
    const proof = await prove((origin, nowMs) => origin !== 'victim' || nowMs <= 200)
    expect(proof).toMatchObject({ proven: true, provenAtMs: 400 })
  })

  test('is not proven while one beacon still passes', async () => {
    const proof = await prove(() => true)
    expect(proof).toMatchObject({ proven: false, provenAtMs: null })
    expect(proof.seen).toMatch(/20 beacons in 200 ms before, [1-9]\d* after/)
  })

  test('is not proven when everything is silent: that may be the observer', async () => {
    expect(await prove((_, nowMs) => nowMs <= 200)).toMatchObject({ proven: false })
  })

  test('is not proven when nothing was there to be silenced', async () => {
    const proof = await prove((origin) => origin !== 'victim')
    expect(proof).toMatchObject({ proven: false, seen: 'no such beacon passed before the fault' })
  })

  test('is proven late when the traffic ends late', async () => {
    const proof = await prove((origin, nowMs) => origin !== 'victim' || nowMs <= 1_000)
    expect(proof.provenAtMs).toBeGreaterThanOrEqual(1_200)
  })
})
