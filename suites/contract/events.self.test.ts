import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ThreatEvent } from './events.ts'

const { features } = ThreatEvent.shape
const record = z.record(z.string(), z.union([z.number(), z.string()]))

test('features are documented as the record that they are', () => {
  expect(z.toJSONSchema(features)).toEqual(z.toJSONSchema(record))
})

test('what is JSON is taken for features where it is a record of numbers and texts, and stays as it is', () => {
  const cell = fc.oneof({ arbitrary: fc.oneof(fc.double({ noNaN: true }), fc.string()), weight: 9 }, fc.jsonValue())
  const texts = fc.oneof(
    fc.dictionary(fc.string(), cell).map((cells) => JSON.stringify(cells)),
    fc.json(),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const given: unknown = JSON.parse(text)
      const { success, data } = features.safeParse(given)
      expect(success).toBe(record.safeParse(given).success)
      expect(data).toBe(success ? given : undefined)
    }),
  )
  // Too large for a number, it is one that can't be written down again.
  expect(features.safeParse(JSON.parse('{"bytes":1e400}')).success).toBe(false)
})
