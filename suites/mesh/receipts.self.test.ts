import { expect, test } from 'vitest'
import type { MeshPlane, ReceiptBatch } from '../contract/mesh.ts'
import { ok } from '../contract/outcome.ts'
import { latenciesMs, openReceipts } from './receipts.ts'

/** A target whose answers are written down, on a clock that jumps when it sleeps. */
function scripted(answers: readonly (readonly ReceiptBatch[])[]) {
  let now = 0
  const asked: number[] = []
  const named: (string | undefined)[] = []
  const meshReceipts: MeshPlane['meshReceipts'] = async ({ after, receivers }) => {
    asked.push(Number(after))
    named.push(receivers)
    const batches = Number(after) === -1 ? [] : (answers[asked.length - 2] ?? [])
    return ok({ next: asked.length, batches: [...batches], finals: [], dropped: 1 })
  }
  const clock = {
    nowMs: () => now,
    sleep: async (ms: number) => {
      now += ms
    },
  }
  // Only the receipts are read.
  return { mesh: { meshReceipts } as MeshPlane, clock, asked, named }
}

const used = (usedAtMs: number, receiver = 'b'): ReceiptBatch => ({
  receiver,
  origin: ['a'],
  sequence: [usedAtMs],
  scheduledAtMs: [usedAtMs - 2],
  usedAtMs: [usedAtMs],
})

test('a window is read answer by answer, drops and ragged columns are counted', async () => {
  const ragged: ReceiptBatch = { receiver: 'b', origin: ['a', 'c'], sequence: [1], scheduledAtMs: [90], usedAtMs: [91] }
  const { mesh, clock, asked } = scripted([[ragged], [used(300)]])
  const reader = await openReceipts({ mesh, clock })
  const reading = await reader.readUntil(() => clock.nowMs() >= 500)
  expect(asked).toEqual([-1, 1, 2])
  expect(reading).toMatchObject({ fromMs: 0, dropped: 2, malformed: 1, misplaced: 0, strange: 0 })
  expect(reading.receipts.sequence).toEqual([1, 300])
  expect(reading.receipts.links).toEqual([{ origin: 'a', receiver: 'b' }])
  expect(latenciesMs(reading.receipts, { fromMs: 0, toMs: 298 })).toEqual([1])
})

test('only the named receivers are asked for, and others are counted as strange', async () => {
  const { mesh, clock, named } = scripted([[used(10), used(11, 'c')]])
  const reading = await (
    await openReceipts({ mesh, clock, receivers: ['b', 'd'] })
  ).readUntil(() => clock.nowMs() >= 100)
  expect(named).toEqual(['b,d', 'b,d'])
  expect(reading.strange).toBe(1)
})

test('a use that an earlier answer should have told, or that is still to come, is misplaced', async () => {
  // Answers are asked for at 250, 500 and 750 ms: each holds what was used since the one before was asked for.
  const { mesh, clock } = scripted([
    [used(0), used(250)],
    [used(249), used(500)],
    [used(499), used(751)],
  ])
  const reading = await (await openReceipts({ mesh, clock })).readUntil(() => clock.nowMs() >= 750)
  expect(reading.misplaced).toBe(3)
})

test('a time that was rounded to a whole microsecond is not misplaced, half of one to either side', async () => {
  const { mesh, clock } = scripted([[used(250.0005)], [used(249.9995)]])
  const reading = await (await openReceipts({ mesh, clock })).readUntil(() => clock.nowMs() >= 500)
  expect(reading.misplaced).toBe(0)
})
