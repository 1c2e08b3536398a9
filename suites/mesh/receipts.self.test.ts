import { expect, test } from 'vitest'
import type { MeshPlane } from '../contract/mesh.ts'
import { ok } from '../contract/outcome.ts'
import { latencyQuantile, readReceipts, repeated } from './receipts.ts'

const receipt = (sequence: number, latencyMs: number) => ({
  origin: 'a',
  receiver: 'b',
  sequence,
  scheduledAtMs: 10,
  usedAtMs: 10 + latencyMs,
})

test('quantiles are nearest rank; of nothing there is none', () => {
  const receipts = [5, 1, 4, 2, 3].map((ms, index) => receipt(index, ms))
  expect(latencyQuantile(receipts, 0.5)).toBe(3)
  expect(latencyQuantile(receipts, 0.99)).toBe(5)
  expect(latencyQuantile([], 0.5)).toBeNaN()
})

test('a beacon that is reported twice is counted', () => {
  expect(repeated([receipt(1, 1), receipt(1, 2), receipt(2, 1)])).toBe(1)
})

test('a window is read page by page, drops and ragged columns are counted', async () => {
  let now = 0
  const sleep = async (ms: number): Promise<void> => {
    now += ms
  }
  const asked: number[] = []
  const meshReceipts: MeshPlane['meshReceipts'] = async ({ after }) => {
    asked.push(Number(after))
    const scheduledAtMs = [now, now + 1]
    const batch = { receiver: 'b', origin: ['a', 'c'], sequence: [now, now], scheduledAtMs, usedAtMs: [now + 2] }
    return ok({ next: now, batches: Number(after) === -1 ? [] : [batch], finals: [], dropped: 1 })
  }
  const reading = await readReceipts({
    // Only the receipts are read.
    mesh: { meshReceipts } as MeshPlane,
    clock: { nowMs: () => now, sleep },
    windowMs: 400,
    graceMs: 100,
  })
  expect(asked).toEqual([-1, 0, 250])
  expect(reading.receipts.map(({ scheduledAtMs }) => scheduledAtMs)).toEqual([250, 500])
  expect(reading).toMatchObject({ fromMs: 0, dropped: 2, malformed: 2 })
})
