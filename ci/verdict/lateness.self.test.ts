import { expect, test } from 'vitest'
import type { Evidence } from '../../suites/evidence/record.ts'
import { hashOfEntry } from './checkers/audit-chain-intact.ts'
import {
  checks,
  fault,
  history,
  judged,
  latencies,
  objectives,
  premise,
  proportion,
  record,
  row,
  series,
  withItems,
} from './sample-evidence.ts'

const late = premise('schedule lag p99', 9, true)
const lateOnly = { ...late, spoils: 'failures' as const }

const posted = { type: 'posted', id: 'a', outcome: 'ok', storedAs: 'a' }
const final = (state: string) => ({ type: 'final', id: 'a', state, reason: null })
const link = { previousHash: '0'.repeat(64), sequence: 0, kind: 'accepted', eventId: 'a', detail: '' }
const entry = { type: 'entry', ...link, hash: hashOfEntry(link) }

const accounted = 'accepted-events-accounted'
const chain = 'audit-chain-intact'

type Case = readonly [
  title: string,
  change: Partial<Evidence>,
  checked: readonly [checker: string, ...items: readonly unknown[]],
  word: string,
  reason: RegExp,
]

const cases: readonly Case[] = [
  ['an event is lost, and all was late', { premises: [late] }, [accounted, posted], 'FAIL', /no delay.*a not found/],
  ['the same where success would stand', { premises: [lateOnly] }, [accounted, posted], 'FAIL', /a not found/],
  [
    'an event has come twice',
    { premises: [late] },
    [accounted, posted, final('completed'), final('completed')],
    'FAIL',
    /no delay explains, first: event a is listed twice/,
  ],
  [
    'an event is not finished yet',
    { premises: [lateOnly] },
    [accounted, posted, final('routed')],
    'INCONCLUSIVE',
    /lag.*so it is in doubt that accepted-events-accounted: accepted event a not finished/,
  ],
  [
    'every event is accounted for, though late',
    { premises: [lateOnly] },
    [accounted, posted, final('completed')],
    'PASS',
    /no violation; what is late takes nothing from it \(premise broken: schedule lag p99 is 9 ms, at most 1 is allowed\)/,
  ],
  [
    'the same where lateness spoils a success, too',
    { premises: [late] },
    [accounted, posted, final('completed')],
    'INCONCLUSIVE',
    /lag/,
  ],
  [
    'what the claim names was not offered',
    { premises: [lateOnly, premise('offered rate', 9, true)] },
    [accounted, posted, final('completed')],
    'INCONCLUSIVE',
    /premise broken: offered rate/,
  ],
  [
    'an event is lost though less was offered than the claim names',
    { premises: [lateOnly, premise('offered rate', 9, true)] },
    [accounted, posted],
    'FAIL',
    /a not found/,
  ],
  [
    'a fault without effect',
    { premises: [lateOnly], faults: [fault({ effectProvenAtMs: null })] },
    [accounted, posted],
    'INCONCLUSIVE',
    /lag/,
  ],
  ['a scenario that ended early', { premises: [lateOnly], aborted: 'x' }, [accounted, posted], 'INCONCLUSIVE', /early/],
  [
    'no steady state before',
    { premises: [lateOnly, premise('steady state before', 9, false)] },
    [accounted, posted],
    'INCONCLUSIVE',
    /premise broken/,
  ],
  [
    'a broken chain',
    { premises: [late] },
    [chain, { ...entry, detail: 'other' }],
    'FAIL',
    /entry 0: hash does not match/,
  ],
  [
    'an entry that may be on its way',
    { premises: [lateOnly] },
    [chain, { type: 'accepted', id: 'a' }],
    'INCONCLUSIVE',
    /lag/,
  ],
  ['an item that cannot be read', { premises: [late] }, [accounted, posted, { type: 'posted' }], 'INCONCLUSIVE', /lag/],
]

for (const [title, change, [checker, ...items], word, reason] of cases) {
  test(title, () => {
    const evidence = record({ observations: [history(checker, items.length)], ...change })
    const { verdict, reason: said } = judged('invariant', [evidence], withItems(items))
    expect([verdict, said]).toEqual([word, expect.stringMatching(reason)])
  })
}

test('a failed check is in doubt where it was late, a limit that was kept is kept', () => {
  const failed = record({ observations: [checks(2, [{ check: 'x', seen: 'y' }])], premises: [lateOnly] })
  expect(judged('invariant', [failed])).toMatchObject({ verdict: 'INCONCLUSIVE', escalate: true })
  const slow = record({ observations: [latencies(0, 400)], premises: [lateOnly] })
  expect(judged('latency', [slow])).toMatchObject({ verdict: 'INCONCLUSIVE', escalate: true })
})

test('only what is exact is kept however late: no figure passes by a premise that says it spoils failures only', () => {
  const kept = {
    latency: latencies(2_000, 0),
    availability: proportion(2_000, 2_000),
    recovery: series([1]),
    floor: series([0.9], 0, '1'),
    ceiling: series([0.1], 0, '1'),
  } as const
  for (const kind of ['latency', 'availability', 'recovery', 'floor', 'ceiling'] as const) {
    const [onTime, tooLate] = [[], [lateOnly]].map((premises) =>
      judged(kind, [record({ observations: [kept[kind]], premises, faults: [fault()] })]),
    )
    expect([kind, onTime?.verdict, tooLate?.verdict]).toEqual([kind, 'PASS', 'INCONCLUSIVE'])
  }
  const both = { objectives: { promise: objectives.invariant, further: objectives.ceiling } }
  const observations = [checks(1), { ...kept.ceiling, name: 'further' }]
  const mixed = judged('invariant', [record({ observations, premises: [lateOnly] })], {
    ...both,
    row: { ...row, further: ['further'] },
  })
  expect(mixed).toMatchObject({ verdict: 'INCONCLUSIVE' })
})

test('a history whose file lacks lines proves nothing', () => {
  const evidence = record({ observations: [history(accounted, 2)], premises: [late] })
  expect(judged('invariant', [evidence], withItems([posted]))).toMatchObject({ verdict: 'INCONCLUSIVE' })
})
