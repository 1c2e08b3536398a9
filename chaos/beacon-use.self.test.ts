import { expect, test } from 'vitest'
import { misused } from './faults/compromise.ts'
import { usedLinks, useOf } from './beacon-use.ts'

/** Receipts of two links, in the order of their use: liar to one and honest to one. */
const receipts = (used: readonly (readonly [link: 0 | 1, sequence: number, scheduledAtMs: number])[]) => ({
  link: used.map(([link]) => link),
  sequence: used.map(([, sequence]) => sequence),
  scheduledAtMs: used.map(([, , scheduledAtMs]) => scheduledAtMs),
  usedAtMs: used.map(([, , scheduledAtMs]) => scheduledAtMs + 1),
  links: [
    { origin: 'liar', receiver: 'one' },
    { origin: 'honest', receiver: 'one' },
  ],
})
const around = { compromised: new Set(['liar']), refused: 7 }
const clean = { forged: 0, repeated: 0, missing: 0, overtaken: 0, refused: 7 }

test('all in order is all genuine', () => {
  const use = useOf(
    receipts([
      [0, 5, 50],
      [1, 9, 51],
      [0, 6, 60],
      [1, 10, 61],
    ]),
    around,
  )
  expect(use).toEqual({ ...clean, genuine: 4, own: 2 })
})

test('forged, repeated, missing and overtaken beacons are told apart', () => {
  expect(
    useOf(
      receipts([
        [0, 5, 50],
        [0, 6, 0],
      ]),
      around,
    ),
  ).toEqual({ ...clean, genuine: 1, own: 2, forged: 1 })
  expect(
    useOf(
      receipts([
        [0, 5, 50],
        [0, 5, 50],
      ]),
      around,
    ),
  ).toEqual({ ...clean, genuine: 1, own: 2, repeated: 1 })
  expect(
    useOf(
      receipts([
        [1, 5, 50],
        [1, 8, 80],
      ]),
      around,
    ),
  ).toEqual({ ...clean, genuine: 2, own: 0, missing: 2 })
  expect(
    useOf(
      receipts([
        [0, 5, 50],
        [1, 1, 51],
        [0, 7, 70],
        [0, 6, 60],
      ]),
      around,
    ),
  ).toEqual({
    ...clean,
    genuine: 4,
    own: 3,
    overtaken: 1,
  })
})

test('a proof counts what no honest member sent, across readings', () => {
  const passage = (sequence: number, scheduledAtMs: number, receiver = 'one') => ({
    origin: 'liar',
    receiver,
    sequence,
    scheduledAtMs,
    usedAtMs: scheduledAtMs + 1,
  })
  const used = new Set<string>()
  expect(misused([passage(1, 10), passage(1, 10, 'two'), passage(2, 20)], used)).toBe(0)
  expect(misused([passage(2, 20), passage(3, 0), passage(4, 40)], used)).toBe(2)
})

test('what is recorded of a link are its numbers as ranges, in the order of their use, and its forgeries apart', () => {
  const used = usedLinks(
    receipts([
      [0, 5, 50],
      [1, 1, 51],
      [0, 6, 60],
      [0, 7, 0],
      [0, 7, 70],
      [0, 9, 90],
      [0, 8, 80],
      [0, 8, 80],
    ]),
  )
  expect(used).toEqual([
    {
      link: 'liar>one',
      ranges: [
        [5, 7],
        [9, 9],
        [8, 8],
        [8, 8],
      ],
      forged: [7],
    },
    { link: 'honest>one', ranges: [[1, 1]], forged: [] },
  ])
})
