import { describe, expect, test } from 'vitest'
import type { MeshPlane, ReceiptBatch } from '../suites/contract/mesh.ts'
import { ok } from '../suites/contract/outcome.ts'
import { oneWaySilence, proveSilence, slowed, slower, thinned, trafficBefore } from './effect.ts'

/** A mesh of which only the receipts matter: each named link carries a beacon every 10 ms unless `passes` says no. */
function meshOf(
  links: readonly (readonly [string, string])[],
  passes: (origin: string, nowMs: number) => boolean,
  latencyMs: (nowMs: number) => number = () => 1,
) {
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
      usedAtMs: times.map((at) => at + latencyMs(at)),
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
const hits = (origin: string) => origin === 'victim'
const prove = async (passes: (origin: string, nowMs: number) => boolean) => {
  const { mesh, clock } = meshOf(links, passes)
  const before = await trafficBefore(mesh, clock, hits)
  return proveSilence({ mesh, clock, hits, before, appliedAtMs: clock.nowMs(), renew: async () => undefined })
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

  test('is not proven when nothing was there to be hits', async () => {
    const proof = await prove((origin) => origin !== 'victim')
    expect(proof).toMatchObject({ proven: false, seen: 'no such beacon passed before the fault' })
  })

  test('is proven late when the traffic ends late', async () => {
    const proof = await prove((origin, nowMs) => origin !== 'victim' || nowMs <= 1_000)
    expect(proof.provenAtMs).toBeGreaterThanOrEqual(1_200)
  })
})

test.each([
  ['is proven while the other one goes on', ['victim'], true],
  ['is not proven by a cut of both', ['victim', 'a'], false],
])('silence of one direction %s', async (_, silent, isProven) => {
  const { mesh, clock } = meshOf(
    [...links, ['a', 'victim']],
    (origin, nowMs) => nowMs <= 200 || !silent.includes(origin),
  )
  const probe = await oneWaySilence({ mesh, clock, scope: {}, hits })
  expect(await probe({ appliedAtMs: clock.nowMs(), renew: async () => undefined })).toMatchObject({ proven: isProven })
})

describe('loss', () => {
  const seenWhen = async (passes: (origin: string, nowMs: number) => boolean) => {
    const { mesh, clock } = meshOf(links, passes)
    const probe = await thinned(() => 0.5)({ mesh, clock, scope: {}, hits })
    return probe({ appliedAtMs: clock.nowMs(), renew: async () => undefined })
  }

  test('is proven when half of the beacons are missing', async () => {
    const proof = await seenWhen((_, nowMs) => nowMs <= 500 || nowMs % 20 === 0)
    expect(proof).toMatchObject({ proven: true, provenAtMs: 1_000 })
    expect(proof.seen).toContain('0.50 lost')
  })

  test('is not proven by a fault that does nothing', async () => {
    expect(await seenWhen(() => true)).toMatchObject({ proven: false, provenAtMs: null })
  })

  test('is not proven when less than half of what was asked is lost', async () => {
    expect(await seenWhen((_, nowMs) => nowMs <= 500 || nowMs % 50 !== 0)).toMatchObject({ proven: false })
  })

  test('is not proven where nothing came before', async () => {
    expect(await seenWhen((origin) => origin !== 'victim')).toMatchObject({ proven: false })
  })
})

describe('latency', () => {
  const seenWith = async (latencyMs: (nowMs: number) => number, jitterMs = 0) => {
    const { mesh, clock } = meshOf(links, () => true, latencyMs)
    const probe = await slowed(() => ({ delayMs: 100, jitterMs }))({ mesh, clock, scope: {}, hits })
    return probe({ appliedAtMs: clock.nowMs(), renew: async () => undefined })
  }

  test('is proven when the median rises by half of what was asked', async () => {
    const proof = await seenWith((nowMs) => (nowMs <= 500 ? 1 : 101))
    expect(proof).toMatchObject({ proven: true, provenAtMs: 1_000 })
    expect(proof.seen).toBe('median latency 101.0 ms after 1.0 ms, 100 ms asked')
  })

  test.each([
    // Evenly over five values: their quartiles are two steps apart.
    ['as asked', 12.5, true],
    ['half of what was asked', 6.25, true],
    ['less than half of what was asked', 6, false],
    ['a delay that never varies', 0, false],
  ])('with jitter is proven where the quartiles move apart: %s', async (_, stepMs, isProven) => {
    const proof = await seenWith((nowMs) => (nowMs <= 500 ? 1 : 101 + ((nowMs / 10) % 5) * stepMs), 25)
    expect(proof).toMatchObject({ proven: isProven })
    expect(proof.seen).toContain(`quartiles ${(2 * stepMs).toFixed(1)} ms further apart, 25 ms of jitter asked`)
  })

  test.each([
    [2, true],
    [1.9, false],
  ])('of a slow node is proven when the median doubles: %d ms after 1 ms', async (ms, proven) => {
    const { mesh, clock } = meshOf(
      links,
      () => true,
      (nowMs) => (nowMs <= 500 ? 1 : ms),
    )
    const probe = await slower(2)({ mesh, clock, scope: {}, hits })
    expect(await probe({ appliedAtMs: clock.nowMs(), renew: async () => undefined })).toMatchObject({ proven })
  })

  test('is not proven by a fault that does nothing, nor by a few late beacons', async () => {
    expect(await seenWith(() => 1)).toMatchObject({ proven: false, provenAtMs: null })
    expect(await seenWith((nowMs) => (nowMs % 50 === 0 ? 101 : 1))).toMatchObject({ proven: false })
  })
})
