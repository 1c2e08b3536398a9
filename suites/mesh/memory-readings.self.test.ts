import { expect, test } from 'vitest'
import { readingsPremise, readMemory } from './memory-readings.ts'

async function readings(...parts: readonly (readonly (number | null)[])[]) {
  const sleeps: number[] = []
  const clock = { sleep: (ms: number) => Promise.resolve(void sleeps.push(ms)) }
  const next = parts.values()
  const seen = await readMemory(clock, { count: parts.length, everyS: 1 }, () => next.next().value ?? [])
  expect(sleeps).toEqual(parts.slice(1).map(() => 1_000))
  return seen
}
const whole = Array.from({ length: 8 }, () => [1, 2])

test('a reading is whole or it is none, and those that are none are counted', async () => {
  expect(await readings([1, 2], [1, null], [], [4, 0])).toEqual({ bytes: [3, 4], unreadable: 2 })
})

test('a few whole readings prove nothing; one that fell on an ending process costs nothing', async () => {
  expect(readingsPremise(await readings(...whole, [1, null], []))).toMatchObject({ measured: 0 })
  const few = readingsPremise(await readings([1, 2], ...whole.map(() => [1, null])))
  expect(few).toMatchObject({ measured: 7, limit: 0, detail: expect.stringContaining('8 of 9 readings') })
  expect(readingsPremise({ bytes: [], unreadable: 0 })).toMatchObject({ measured: 1 })
})
