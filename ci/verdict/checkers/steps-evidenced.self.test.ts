import { expect, test } from 'vitest'
import type { HistoryItem } from '../../../suites/evidence/history.ts'
import { stepsEvidenced } from './steps-evidenced.ts'

type Item = HistoryItem<'steps-evidenced'>
type Cycle = Extract<Item, { type: 'cycle' }>
type Crash = Extract<Item, { type: 'crash' }>

const action = (name: string, subject: string, verified: boolean | null): Cycle['actions'][number] => ({
  action: name,
  subject,
  aim: name === 'drop' ? 'no link' : 'link',
  verified,
})
const cycle = (number: number, change: Partial<Cycle> = {}): Cycle => ({
  type: 'cycle',
  mesh: 'm',
  loop: 'loop',
  cycle: number,
  dueAtMs: number * 200,
  startedAtMs: number * 200,
  endedAtMs: number * 200,
  nodesRead: 3,
  symptoms: [],
  actions: [],
  learned: [],
  ...change,
})

/** Node d crashes at 1 s; b drops its link and makes one to c, whose first try for d fails. */
const repair: readonly Cycle[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((number) => cycle(number)),
  cycle(11, {
    symptoms: ['link-silent b>d', 'links-missing b 1'],
    actions: [action('drop', 'b>d', null), action('link', 'b>c', null)],
  }),
  cycle(12, { actions: [action('drop', 'b>d', true), action('link', 'b>c', true), action('try', 'c>d', null)] }),
  cycle(15, { actions: [action('try', 'c>d', false)], learned: [{ action: 'try', subject: 'c>d', untilMs: 4_000 }] }),
  cycle(20, { actions: [action('try', 'c>d', null)] }),
  cycle(24, { actions: [action('try', 'c>d', false)], learned: [{ action: 'try', subject: 'c>d', untilMs: 9_000 }] }),
  cycle(30),
]
const crash: Crash = {
  type: 'crash',
  mesh: 'm',
  victim: 'd',
  fromMs: 1_000,
  toMs: 6_000,
  neighbours: ['b'],
  living: 3,
  linksBefore: ['a>b', 'b>a', 'b>d', 'd>b'],
  linksAfter: ['a>b', 'b>a', 'b>c', 'c>b', 'd>b'],
}
const world = (cycles: readonly Cycle[] = repair, change: Partial<Crash> = {}): Item[] => [
  { type: 'recorded', mesh: 'm', fromMs: 0 },
  ...cycles,
  { ...crash, ...change },
]
const changed = (number: number, change: Partial<Cycle>): Cycle[] =>
  repair.map((one) => (one.cycle === number ? { ...one, ...change } : one))

test('a repair that shows in every step is clean', () => {
  expect(stepsEvidenced(world())).toEqual([])
})

test.each<[string, readonly Item[]]>([
  ['no world was watched', []],
  ['m: it is not told from when on cycles were recorded', world().slice(1)],
  ['m: nothing was there to be healed', world().slice(0, -1)],
  [
    'm: monitored: the loops read 2 to 3 nodes while 3 lived without d',
    world(changed(15, { nodesRead: 2, actions: [action('try', 'c>d', false)] })),
  ],
  [
    'm: monitored: the loops read 0 to 0 nodes while 3 lived without d',
    world(repair.map(({ nodesRead: _, ...rest }) => rest)),
  ],
  ['m: planned: a never acts on its link to d, which is down', world(repair, { neighbours: ['a', 'b'] })],
  [
    'm: analysed: cycle 11 of loop acts on b>d without a symptom',
    world(changed(11, { symptoms: ['link-silent b>dd', 'links-missing b 1'] })),
  ],
  [
    'm: executed: the link a>d is still there',
    world(repair, { linksAfter: [...crash.linksAfter, 'a>d'], linksBefore: [...crash.linksBefore, 'a>d'] }),
  ],
  [
    'm: executed: the link a>c is new, and no action was for it',
    world(repair, { linksAfter: [...crash.linksAfter, 'a>c'] }),
  ],
  [
    'm: executed: cycle 20 of loop: try c>d is done again before its effect was looked at',
    world(changed(20, { actions: [action('try', 'c>d', null), action('try', 'c>d', null)] })),
  ],
  [
    'm: verified: cycle 15 of loop: try c>d is called done, and d was down',
    world(changed(15, { actions: [action('try', 'c>d', true)] })),
  ],
  [
    'm: verified: drop b>d was never looked at again',
    world(changed(12, { actions: [action('link', 'b>c', true), action('try', 'c>d', null)] })),
  ],
  [
    'm: verified: cycle 30 of loop: link a>c was not awaited',
    world(changed(30, { actions: [action('link', 'a>c', true)] })),
  ],
  ['m: learned: cycle 24 of loop: try c>d failed, and nothing is learned', world(changed(24, { learned: [] }))],
  [
    'm: learned: cycle 20 of loop: try c>d is done although it was learned to leave it',
    world(changed(15, { learned: [{ action: 'try', subject: 'c>d', untilMs: 5_000 }] })),
  ],
])('%s', (violation, items) => {
  expect(stepsEvidenced(items)).toEqual([violation])
})
