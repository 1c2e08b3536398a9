import { expect, test } from 'vitest'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { runChecker } from './registry.ts'

type Told = HistoryItem<'one-coordinator'>
type Round = Told['rounds'][number]

const collecting = (round: number, updatesAccepted: number): Round => ({
  round,
  state: 'collecting',
  updatesAccepted,
  modelHashAfter: null,
})
const decided = (round: number, modelHashAfter = 'aaaa', updatesAccepted = 8): Round => ({
  round,
  state: 'aggregated',
  updatesAccepted,
  modelHashAfter,
})
const abandoned = (round: number): Round => ({ ...collecting(round, 1), state: 'abandoned' })
/** Answers of 10 ms, 20 ms, …, of the model version that their decided rounds make. */
const told = (...answers: readonly (readonly Round[])[]): readonly Told[] =>
  answers.map((rounds, index) => ({
    job: 'j',
    atMs: 10 * (index + 1),
    version: rounds.filter(({ state }) => state === 'aggregated').length,
    rounds: [...rounds],
  }))

test.each<[string, readonly Told[], readonly RegExp[]]>([
  ['rounds that go on', told([collecting(0, 3)], [collecting(0, 5)], [decided(0), collecting(1, 0)]), []],
  ['one abandoned', told([collecting(0, 1)], [abandoned(0)], [abandoned(0), decided(1)]), []],
  ['answers out of order on record', told([collecting(0, 3)], [decided(0)]).toReversed(), []],
  [
    'a second decision on a round',
    told([decided(0)], [decided(0, 'bbbb')]),
    [/^job j at 20 ms: round 0 was aggregated with 8 updates to aaaa, and is aggregated with 8 updates to bbbb$/],
  ],
  [
    'two that answer in turn: each answer of the second is one too many',
    told([decided(0)], [decided(0, 'bbbb')], [decided(0)], [decided(0, 'bbbb')]),
    [/at 20 ms/, /at 40 ms/],
  ],
  [
    'a decided round that collects again',
    told([decided(0)], [collecting(0, 7)]),
    [/round 0 was aggregated.*, and is collecting with 7 updates/, /version 0, it was 1/],
  ],
  ['an abandoned round that was decided', told([abandoned(0)], [decided(0)]), [/was abandoned.*, and is aggregated/]],
  ['fewer updates than before', told([collecting(0, 5)], [collecting(0, 4)]), [/round 0 had 5 updates, and has 4/]],
  ['a round that nobody knows any more', told([collecting(0, 5)], []), [/was collecting, and is not known any more/]],
  ['two rounds at a time', told([collecting(0, 1), collecting(1, 1)]), [/rounds 0 and 1 collect at a time/]],
])('%s', (_, items, says) => {
  expect(runChecker('one-coordinator', items)).toEqual(says.map((pattern) => expect.stringMatching(pattern)))
})

test('jobs are apart', () => {
  const [one] = told([decided(0)])
  const [other] = told([decided(0, 'bbbb')])
  expect(runChecker('one-coordinator', [one, { ...other, job: 'k' }])).toEqual([])
})
