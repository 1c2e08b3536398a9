import { expect, test } from 'vitest'
import { viewDigest } from '../../../suites/contract/view-digest.ts'
import { hashOfEntry } from './audit-chain-intact.ts'
import { runChecker } from './registry.ts'

type Case = { readonly title: string; readonly items: readonly unknown[]; readonly says: readonly string[] }

const posted = (id: string, outcome = 'ok', storedAs = outcome === 'ok' ? id : null) => ({
  type: 'posted',
  id,
  outcome,
  storedAs,
})
const final = (id: string, state = 'completed', reason: string | null = null) => ({ type: 'final', id, state, reason })

const events: readonly Case[] = [
  { title: 'nothing lost', items: [posted('a'), posted('b'), final('a'), final('b', 'dead-lettered')], says: [] },
  { title: 'failed with a reason', items: [posted('a'), final('a', 'failed', 'channel gone')], says: [] },
  { title: 'indefinite, appears', items: [posted('a', 'indefinite'), final('a')], says: [] },
  { title: 'indefinite, does not appear', items: [posted('a', 'indefinite')], says: [] },
  { title: 'refused, then accepted', items: [posted('a', 'definite'), posted('a'), final('a')], says: [] },
  { title: 'accepted, its retry refused', items: [posted('a'), posted('a', 'definite'), final('a')], says: [] },
  {
    title: 'retry after a lost answer',
    items: [posted('a', 'indefinite'), posted('a'), final('a')],
    says: [],
  },
  {
    title: 'known after a lost answer, then lost',
    items: [posted('a', 'indefinite'), posted('a')],
    says: ['accepted event a not found'],
  },
  {
    title: 'called a repetition of one whose answer was lost, which is then lost',
    items: [posted('a', 'indefinite'), posted('b', 'ok', 'a')],
    says: ['accepted event a not found'],
  },
  { title: 'duplicate by content', items: [posted('a'), final('a'), posted('b', 'ok', 'a')], says: [] },
  {
    title: 'called a repetition of one whose answer was lost later',
    items: [posted('b', 'ok', 'a'), posted('a', 'indefinite')],
    says: ['accepted event a not found'],
  },
  {
    title: 'called a repetition of one that nobody posted',
    items: [posted('a', 'ok', 'x-unknown')],
    says: ['event a is said to be stored as x-unknown, which was never posted'],
  },
  { title: 'lost', items: [posted('a'), posted('b'), final('b')], says: ['accepted event a not found'] },
  { title: 'lost, retried', items: [posted('a'), posted('a', 'indefinite')], says: ['accepted event a not found'] },
  { title: 'stuck', items: [posted('a'), final('a', 'routed')], says: ['accepted event a not finished: routed'] },
  {
    title: 'stuck though unanswered',
    items: [posted('a', 'indefinite'), final('a', 'accepted')],
    says: ['accepted event a not finished: accepted'],
  },
  {
    title: 'silent failure',
    items: [posted('a'), final('a', 'failed')],
    says: ['accepted event a failed without a reason'],
  },
  {
    title: 'back from refusal',
    items: [posted('a', 'definite'), final('a')],
    says: ['refused event a appears: completed'],
  },
  { title: 'invented', items: [final('a')], says: ['event a was never posted'] },
  { title: 'twice', items: [posted('a'), final('a'), final('a')], says: ['event a is listed twice'] },
  {
    title: 'malformed',
    items: [{ type: 'posted', id: 7 }],
    says: ['item 1 is malformed: id: Invalid input: expected string, received number'],
  },
]

type Entry = Parameters<typeof hashOfEntry>[0] & { readonly type: 'entry'; readonly hash: string }

const linked = (links: readonly { readonly kind: string; readonly eventId: string }[]): Entry[] => {
  const entries: Entry[] = []
  for (const [sequence, { kind, eventId }] of links.entries()) {
    const previousHash = entries.at(-1)?.hash ?? '0'.repeat(64)
    const link = { previousHash, sequence, kind, eventId, detail: '{}' }
    entries.push({ type: 'entry', ...link, hash: hashOfEntry(link) })
  }
  return entries
}
const chain = (length: number): Entry[] =>
  linked(Array.from({ length }, (_, index) => ({ kind: 'accepted', eventId: `e${index}` })))
/** What is written of one event. */
const story = (...kinds: readonly string[]): Entry[] => linked(kinds.map((kind) => ({ kind, eventId: 'e' })))
const ended = (id: string, state: string) => ({ type: 'final', id, state })
const altered = (at: number, change: Partial<Entry>): Entry[] =>
  chain(4).map((entry, index) => (index === at ? { ...entry, ...change } : entry))
const rehashed = (entry: Entry): Entry => ({ ...entry, hash: hashOfEntry(entry) })

const audit: readonly Case[] = [
  { title: 'whole', items: [{ type: 'accepted', id: 'e1' }, ...chain(4)], says: [] },
  { title: 'edited', items: altered(2, { detail: 'x' }), says: ['entry 2: hash does not match'] },
  {
    title: 'edited and hashed again',
    items: altered(2, { detail: 'x' }).map((entry, index) => (index === 2 ? rehashed(entry) : entry)),
    says: ['entry 3: previous hash does not match'],
  },
  {
    title: 'removed',
    items: chain(4).filter(({ sequence }) => sequence !== 1),
    says: ['entry 2: sequence gap after 0'],
  },
  { title: 'head cut off', items: chain(4).slice(1), says: ['entry 1: sequence gap after -1'] },
  { title: 'repeated', items: [...chain(2), ...chain(2).slice(1)], says: ['entry 1: sequence gap after 1'] },
  {
    title: 'first entry on a made-up chain',
    items: [rehashed({ ...chain(1)[0]!, previousHash: '1'.repeat(64) })],
    says: ['entry 0: previous hash does not match'],
  },
  {
    title: 'not recorded',
    items: [{ type: 'accepted', id: 'z' }, ...chain(2)],
    says: ['accepted event z has no entry'],
  },
  {
    title: 'whole, with what was done',
    items: [{ type: 'alerted', id: 'e' }, ended('e', 'completed'), ...story('accepted', 'routed', 'completed')],
    says: [],
  },
  { title: 'still under way', items: [ended('e', 'routed'), ...story('accepted')], says: [] },
  {
    title: 'an action that left no trace',
    items: [{ type: 'alerted', id: 'e' }, ...story('accepted')],
    says: ['the alert of event e arrived, but no entry tells of it'],
  },
  {
    title: 'an end that left no trace',
    items: [ended('e', 'dead-lettered'), ...story('accepted', 'notified')],
    says: ['event e is dead-lettered, but no entry says so'],
  },
  {
    title: 'an end of its own invention',
    items: [ended('e', 'failed'), ...story('accepted', 'completed')],
    says: ['event e is failed, but no entry says so'],
  },
  { title: 'accepted twice', items: story('accepted', 'accepted'), says: ['entry 1: event e is accepted again'] },
  {
    title: 'ended twice',
    items: story('accepted', 'completed', 'dead-lettered'),
    says: ['entry 2: event e is dead-lettered after its end'],
  },
  {
    title: 'ended before it was accepted',
    items: story('completed', 'accepted'),
    says: ['entry 0: event e is completed before it was accepted'],
  },
]

const schedule = { type: 'schedule', loop: 'mesh', periodMs: 100, fromMs: 1_000, toMs: 1_500 }
const cycle = (k: number, change: object = {}) => ({
  type: 'cycle',
  loop: 'mesh',
  cycle: k,
  dueAtMs: k * 100,
  startedAtMs: k * 100 + 2,
  endedAtMs: k * 100 + 40,
  symptoms: [],
  actions: [],
  ...change,
})
const cycles = (...ks: readonly number[]) => ks.map((k) => cycle(k))

const healing: readonly Case[] = [
  { title: 'all due, window exclusive at its end', items: [schedule, ...cycles(10, 11, 12, 13, 14)], says: [] },
  {
    title: 'neighbours of the window do no harm',
    items: [schedule, ...cycles(9, 10, 11, 12, 13, 14, 15, 17)],
    says: [],
  },
  { title: 'order of arrival is free', items: [...cycles(14, 12, 13, 11, 10), schedule], says: [] },
  { title: 'skipped', items: [schedule, ...cycles(10, 11, 13, 14)], says: ['loop mesh: cycle 12 missing'] },
  {
    title: 'skipped at the ends',
    items: [schedule, ...cycles(11, 12, 13)],
    says: ['loop mesh: cycle 10 missing', 'loop mesh: cycle 14 missing'],
  },
  { title: 'nothing ran', items: [schedule], says: ['loop mesh: no cycle at all'] },
  { title: 'no schedule', items: cycles(1), says: ['loop mesh: cycles without a schedule'] },
  {
    title: 'late',
    items: [schedule, ...cycles(10, 11, 12, 13), cycle(14, { startedAtMs: 1_501, endedAtMs: 1_502 })],
    says: ['loop mesh: cycle 14 late: started 101.0 ms after it was due'],
  },
  {
    title: 'overlapping',
    items: [schedule, ...cycles(10, 11), cycle(12, { endedAtMs: 1_310 }), ...cycles(13, 14)],
    says: ['loop mesh: cycle 13 overlaps cycle 12'],
  },
  {
    title: 'twice',
    items: [schedule, ...cycles(10, 11, 12, 12, 13, 14)],
    says: ['loop mesh: cycle 12 executed twice'],
  },
  {
    title: 'backwards',
    items: [schedule, ...cycles(10, 11, 12, 13), cycle(14, { endedAtMs: 1_300 })],
    says: ['loop mesh: cycle 14 ended before it started'],
  },
  {
    title: 'schedule stretched to hide a lag',
    items: [schedule, ...cycles(10, 11, 12, 13), cycle(14, { dueAtMs: 1_450, startedAtMs: 1_451, endedAtMs: 1_460 })],
    says: ['loop mesh: cycle 14 says it was due at 1450 ms, its schedule says 1400 ms'],
  },
]

const alive = (...nodes: readonly string[]) => nodes.map((node) => ({ type: 'alive', node }))
/** Nodes are called by letters, from `a` on: a view of so many holds the first of them unless told otherwise. */
const firstOf = (size: number): string[] => 'abcdefghi'.slice(0, size).split('')
const view = (
  node: string,
  members: number | readonly string[],
  linksUp: readonly string[],
  state: 'up' | 'down' = 'up',
) => {
  const held = typeof members === 'number' ? firstOf(members) : members
  return { type: 'view', node, state, viewSize: held.length, viewDigest: viewDigest(held), linksUp }
}

const views: readonly Case[] = [
  { title: 'converged', items: [...alive('a', 'b'), view('a', 2, ['b']), view('b', 2, ['a'])], says: [] },
  { title: 'the dead say nothing', items: [...alive('a'), view('a', 1, []), view('b', 9, ['c'], 'down')], says: [] },
  {
    title: 'two reads',
    items: [...alive('a', 'b'), view('a', 2, ['b']), view('b', 2, ['a']), ...alive('a'), view('a', 2, [])],
    says: ['read 2: node a: view of 2, alive are 1'],
  },
  {
    title: 'ghost member',
    items: [...alive('a', 'b'), view('a', 3, ['b']), view('b', 2, ['a'])],
    says: ['node a: view of 3, alive are 2'],
  },
  {
    title: 'a stranger in the place of a member',
    items: [...alive('a', 'b'), view('a', ['a', 'stranger'], ['b']), view('b', ['b', 'a'], ['a'])],
    says: ['node a: view of 2, as many as are alive, but not just them'],
  },
  {
    title: 'link to the dead',
    items: [...alive('a', 'b'), view('a', 2, ['b', 'c']), view('b', 2, ['a'])],
    says: ['node a: link to c, which is not alive'],
  },
  {
    title: 'two halves',
    items: [
      ...alive('a', 'b', 'c', 'd'),
      view('a', 4, ['b']),
      view('b', 4, ['a']),
      view('c', 4, ['d']),
      view('d', 4, ['c']),
    ],
    says: ['link graph falls apart: 2 of 4 reached, c is not'],
  },
  { title: 'silent', items: [...alive('a', 'b'), view('a', 2, ['b'])], says: ['node b: no view'] },
  {
    title: 'down though alive',
    items: [...alive('a', 'b'), view('a', 2, ['b']), view('b', 0, [], 'down')],
    says: ['node b: down, yet it should be alive'],
  },
  {
    title: 'up though gone',
    items: [...alive('a'), view('a', 1, []), view('b', 1, [])],
    says: ['node b: up, yet it should be gone'],
  },
  { title: 'nobody', items: [view('a', 1, [])], says: ['nobody is said to be alive'] },
]

const round = (n: number, change: object = {}) => ({
  type: 'round',
  job: 'j',
  round: n,
  state: 'aggregated',
  startedAtMs: n,
  closedAtMs: n + 1,
  updatesAccepted: 10,
  updatesRefused: {},
  modelHashBefore: `h${n}`,
  modelHashAfter: `h${n + 1}`,
  distributedTo: 10,
  accuracy: null,
  convergence: 'unknown',
  ...change,
})

const rounds: readonly Case[] = [
  { title: 'a line', items: [round(0), round(1), round(2, { state: 'collecting', modelHashAfter: null })], says: [] },
  {
    title: 'abandoned leaves the model',
    items: [round(0, { state: 'abandoned', modelHashAfter: null }), round(1, { modelHashBefore: 'h0' })],
    says: [],
  },
  { title: 'gap', items: [round(0), round(2)], says: ['job j: round 2: round 1 missing before it'] },
  { title: 'twice', items: [round(0), round(0)], says: ['job j: round 0 is listed twice'] },
  {
    title: 'fork',
    items: [round(0), round(1, { modelHashBefore: 'x' })],
    says: ['job j: round 1 starts from another model than round 0 left'],
  },
  {
    title: 'abandoned, yet changed',
    items: [round(0, { state: 'abandoned' })],
    says: ['job j: round 0 was abandoned, yet the model changed'],
  },
  {
    title: 'left open',
    items: [round(0, { state: 'collecting' }), round(1, { modelHashBefore: 'h0' })],
    says: ['job j: round 0 was never closed'],
  },
  { title: 'no model', items: [round(0, { modelHashAfter: null })], says: ['job j: round 0 aggregated to no model'] },
  {
    title: 'no updates',
    items: [round(0, { updatesAccepted: 0 })],
    says: ['job j: round 0 aggregated without updates'],
  },
]

const written = (id: string, outcome = 'acknowledged') => ({ type: 'written', id, outcome })
const read = (id: string, found = true) => ({ type: 'read', id, found })

const storage: readonly Case[] = [
  { title: 'kept', items: [written('a'), read('a')], says: [] },
  { title: 'lost', items: [written('a'), read('a', false)], says: ['a was acknowledged and is lost'] },
  { title: 'never read', items: [written('a')], says: ['a was acknowledged and never read again'] },
  { title: 'refused, absent', items: [written('a', 'definite'), read('a', false)], says: [] },
  { title: 'refused, there', items: [written('a', 'definite'), read('a')], says: ['a was refused and is there'] },
  { title: 'not known', items: [written('a', 'indefinite'), read('a'), written('b', 'indefinite')], says: [] },
  {
    title: 'not known, then refused',
    items: [written('a', 'indefinite'), written('a', 'definite'), read('a')],
    says: [],
  },
  { title: 'refused, then acknowledged', items: [written('a', 'definite'), written('a'), read('a')], says: [] },
  { title: 'from nowhere', items: [read('a')], says: ['a is there, which nobody wrote'] },
  { title: 'told', items: [{ type: 'lie', lie: 'full', told: ['ENOSPC'] }], says: [] },
  {
    title: 'silent',
    items: [{ type: 'lie', lie: 'full', told: [] }],
    says: ['storage lied (full) and nobody was told'],
  },
  { title: 'all counted', items: [{ type: 'used', lie: 'full', counted: 4, acknowledged: 3 }], says: [] },
  {
    title: 'goes by what is left',
    items: [{ type: 'used', lie: 'stale-read', counted: 2, acknowledged: 3 }],
    says: ['an answer under a lie (stale-read) counts 2 of 3 that were acknowledged'],
  },
]

const tables: Readonly<Record<string, readonly Case[]>> = {
  'accepted-events-accounted': events,
  'audit-chain-intact': audit,
  'cycles-on-time': healing,
  'views-converged': views,
  'round-lineage': rounds,
  'storage-believed': storage,
}

for (const [checker, cases] of Object.entries(tables)) {
  test.each(cases)(`${checker}: $title`, ({ items, says }) => {
    expect(runChecker(checker, items)).toEqual(says)
  })
  test.each([null, 7, 'text', [], {}, { type: 'nonsense' }])(`${checker}: %j is a violation, not a crash`, (item) => {
    expect(runChecker(checker, [item])?.[0]).toMatch(/^item 1 is malformed/)
  })
}

test('an unknown checker is told apart from a clean history', () => {
  expect(runChecker('no-such-checker', [])).toBeNull()
  expect(runChecker('toString', [])).toBeNull()
})
