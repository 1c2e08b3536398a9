import { expect, test } from 'vitest'
import type { MeshPlane } from '../../suites/contract/mesh.ts'
import { ok } from '../../suites/contract/outcome.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import { compromise } from './compromise.ts'

type Course = { readonly refusedPerS: number; readonly replayedPerS: number }

/** A mesh that refuses and uses so much a second, before the injection at 200 ms and after it. */
function scripted(before: Course, after: Course) {
  let now = 0
  const grown = (of: keyof Course): number => {
    const calmMs = Math.min(now, 200)
    return Math.floor((before[of] * calmMs + after[of] * (now - calmMs)) / 1_000)
  }
  const mesh = {
    meshWork: async () => ok({ refused: { mac: grown('refusedPerS') } }),
    meshReceipts: async ({ after: cursor }: { after: number }) => {
      const used = grown('replayedPerS')
      const from = Number(cursor) === -1 ? used : Number(cursor)
      const column = Array.from({ length: used - from }, () => 7)
      const batch = { receiver: 'one', sequence: column, scheduledAtMs: column, usedAtMs: column }
      return ok({ next: used, batches: [{ ...batch, origin: column.map(() => 'liar') }], finals: [], dropped: 0 })
    },
  }
  const clock = {
    nowMs: () => now,
    sleep: async (ms: number): Promise<void> => {
      now += ms
    },
  }
  // The proof reads work and receipts only.
  return { mesh: mesh as unknown as MeshPlane, clock }
}

const none = { refusedPerS: 0, replayedPerS: 0 }

test.each<[string, Course, Course, boolean]>([
  ['nothing comes of it', none, none, false],
  ['what comes is refused', none, { refusedPerS: 100, replayedPerS: 0 }, true],
  ['what comes is used', none, { refusedPerS: 0, replayedPerS: 100 }, true],
  ['as much was refused before', { refusedPerS: 100, replayedPerS: 0 }, { refusedPerS: 100, replayedPerS: 0 }, false],
])('a compromise of which %s: is its effect proven?', async (_, before, after, expected) => {
  const world = scripted(before, after)
  const scope = compromise.draw(1, ['replayed'])(['liar', 'one'], randomFrom('liar'))
  expect(scope.misdeeds).toEqual(['replayed'])
  const prove = await compromise.probe({ ...world, scope, hits: compromise.hits(scope) })
  const proof = await prove({ appliedAtMs: world.clock.nowMs(), renew: async () => undefined })
  expect(proof.proven, proof.seen).toBe(expected)
})

test('it is detected once ten and more are refused, counted from before the injection', async () => {
  const { mesh, clock } = scripted(none, { refusedPerS: 100, replayedPerS: 0 })
  const isSigned = await compromise.signs(mesh)
  await clock.sleep(290)
  expect(await isSigned()).toBe(false)
  await clock.sleep(10)
  expect(await isSigned()).toBe(true)
})
