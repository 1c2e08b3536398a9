import { expect, test } from 'vitest'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { runChecker } from './registry.ts'

type Watch = HistoryItem<'identity-held'>

/** Watched from 100 s to 120 s; each SVID lives for 10 s from a second before it comes. */
const svid = (atS: number, notBeforeS = atS - 1, notAfterS = notBeforeS + 10) => ({ atS, notBeforeS, notAfterS })
const watched = (change: Partial<Watch>): Watch => ({
  watch: 'seed',
  workload: 'w',
  fromS: 100,
  toS: 120,
  svids: [],
  absentMaxS: 0,
  excused: [],
  ...change,
})
const absent = (forS: string, fromS: string, maxS = 0) =>
  `no instant without a valid SVID: w had none for ${forS} s from ${fromS}, at most ${maxS} s are allowed (seed)`

const whole = [svid(100), svid(105), svid(111), svid(116)]

test.each<[string, Partial<Watch>, readonly string[]]>([
  ['each in force until the next one comes', { svids: whole }, []],
  ['in any order on record', { svids: whole.toReversed() }, []],
  ['one from before the watch', { svids: [svid(96), svid(104), svid(112)] }, []],
  ['the next one came too late', { svids: [svid(100), svid(110.5), svid(116)] }, [absent('1.500', '109.0')]],
  ['the last one ended', { svids: [svid(100), svid(105)] }, [absent('6.000', '114.0')]],
  ['the next one was not in force yet', { svids: [svid(100), svid(105, 107), svid(112)] }, [absent('2.000', '105.0')]],
  [
    'handed an old one, which takes the place of a good one',
    { svids: [...whole, svid(118, 90)] },
    [absent('2.000', '118.0')],
  ],
  ['never handed one', {}, [absent('20.000', '100.0')]],
  ['handed the first one late', { svids: [svid(103), svid(110), svid(116)] }, [absent('3.000', '100.0')]],
  ['as long as its row allows', { svids: [svid(100), svid(110.5), svid(116)], absentMaxS: 1.5 }, []],
  [
    'longer than its row allows',
    { svids: [svid(100), svid(110.5), svid(116)], absentMaxS: 1 },
    [absent('1.500', '109.0', 1)],
  ],
  ['in an outage', { svids: [svid(100), svid(114), svid(118)], excused: [{ fromS: 104, toS: 114 }] }, []],
  [
    'before it, and not regained in time after it',
    { svids: [svid(100, 92), svid(116)], excused: [{ fromS: 104, toS: 113 }] },
    [absent('2.000', '102.0'), absent('3.000', '113.0')],
  ],
  ['not watched for any time', { toS: 100 }, ['no instant without a valid SVID: w was not watched at all (seed)']],
])('a workload with its SVIDs %s', (_, change, says) => {
  expect(runChecker('identity-held', [watched(change)])).toEqual(says)
})

test('each workload is one by itself', () => {
  const two = [watched({ svids: whole }), watched({ workload: 'v', svids: whole.slice(0, 2) })]
  expect(runChecker('identity-held', two)).toEqual([absent('6.000', '114.0').replace(': w ', ': v ')])
})
