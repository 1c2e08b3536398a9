import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLatencyHistogram } from '../../suites/evidence/histogram.ts'
import { Evidence, type Observation } from '../../suites/evidence/record.ts'
import { Verdict } from '../../suites/evidence/verdict.ts'
import { judge, type JudgeInput } from './judge.ts'
import type { ObjectiveData, RequirementData } from './promises.ts'

const row: RequirementData = {
  id: 'ROW',
  claim: 'holds',
  source: 'M',
  level: 'MUST',
  subject: 'target',
  profiles: [],
  capabilities: ['events'],
  optional: true,
  objective: 'promise',
  where: ['processes'],
}
const stated = { plane: 'events', title: 'a promise', severity: 'critical' } as const
const objectives = {
  latency: { kind: 'latency', ...stated, metric: null, quantile: 0.99, limit: 10, unit: 'ms' },
  availability: { kind: 'availability', ...stated, good: null, total: null, target: 0.99, windowDays: 30 },
  throughput: { kind: 'throughput', ...stated, metric: null, floor: 100, unit: '1/s', sustainS: 60 },
  recovery: { kind: 'recovery', ...stated, limit: 5, unit: 's' },
  invariant: { kind: 'invariant', ...stated, metric: null },
  floor: { kind: 'floor', ...stated, quantity: 'accuracy', limit: 0.85, unit: '1' },
  ceiling: { kind: 'ceiling', ...stated, quantity: 'difference', limit: 0.3, unit: '1' },
} as const satisfies Record<string, ObjectiveData>
type Kind = keyof typeof objectives

const record = (change: Partial<Evidence> = {}): Evidence => ({
  schema: 'meshcert/evidence/v1',
  requirement: 'ROW',
  tier: 'processes',
  scope: 'full',
  stage: 0,
  target: { name: 't', version: '1', capabilities: ['events'], details: {} },
  defect: null,
  variant: null,
  seed: 's',
  startedAt: '2026-11-20T00:00:00.000Z',
  tookMs: 1,
  observations: [],
  premises: [],
  faults: [],
  failures: { definite: 0, indefinite: 0 },
  eventLogHash: null,
  aborted: null,
  notApplicable: null,
  ...change,
})

function latencies(good: number, bad: number, name = 'promise'): Observation {
  const histogram = createLatencyHistogram([10])
  for (let i = 0; i < good; i += 1) histogram.record(5)
  for (let i = 0; i < bad; i += 1) histogram.record(20)
  return histogram.observation(name)
}
const proportion = (good: number, total: number): Observation => ({ type: 'proportion', name: 'promise', good, total })
const counter = (value: number, overS: number, perSecond?: number[]): Observation => ({
  type: 'counter',
  name: 'promise',
  unit: '1',
  value,
  overS,
  ...(perSecond === undefined ? {} : { perSecond }),
})
const series = (values: number[], censored = 0, unit = 's'): Observation => ({
  type: 'series',
  name: 'promise',
  unit,
  values,
  censored,
})
const checks = (total: number, failed: { check: string; seen: string }[] = []): Observation => ({
  type: 'checks',
  name: 'ROW',
  total,
  failed,
})
const history = (checker: string, n: number): Observation => ({
  type: 'history',
  name: checker,
  checker,
  n,
  file: 'h',
  sha256: '0'.repeat(64),
})
const fault = (change: Partial<Evidence['faults'][number]> = {}): Evidence['faults'][number] => ({
  fault: 'crash',
  driver: 'process',
  scope: {},
  leaseMs: 1,
  injectedAtMs: 1,
  effectProvenAtMs: 2,
  undoneAtMs: 3,
  residue: [],
  ...change,
})
const faults = (n: number) => Array.from({ length: n }, () => fault())
const premise = (claim: Evidence['premises'][number]['claim'], measured: number, noise: boolean) => ({
  claim,
  measured,
  limit: 1,
  unit: 'ms',
  noise,
})

function judged(kind: Kind, evidence: readonly Evidence[], more: Partial<JudgeInput> = {}): Verdict {
  return judge({
    row,
    objectives: { promise: objectives[kind] },
    evidence,
    histories: new Map(),
    exemptions: [],
    confidence: 0.95,
    repeatsExpected: 1,
    ...more,
  })
}
const withItems = (items: readonly unknown[]): Partial<JudgeInput> => ({ histories: new Map([['h', items]]) })

type Sample = readonly [
  title: string,
  kind: Kind,
  change: Partial<Evidence>,
  word: string,
  reason: RegExp,
  more?: Partial<JudgeInput>,
]

const samples: readonly Sample[] = [
  [
    'enough samples within',
    'latency',
    { observations: [latencies(299, 0)] },
    'PASS',
    /p99 5 ms; 0 of 299 samples over 10 ms \(0 %\), at most 0.9969 % at 95 % confidence/,
  ],
  [
    'one sample short',
    'latency',
    { observations: [latencies(298, 0)] },
    'INCONCLUSIVE',
    /299 samples is the least for a p99/,
  ],
  [
    'too many over',
    'latency',
    { observations: [latencies(900, 100)] },
    'FAIL',
    /100 of 1,000 samples over 10 ms \(10 %\), at least 8.48 %/,
  ],
  ['in between', 'latency', { observations: [latencies(990, 10)] }, 'INCONCLUSIVE', /between 0.5\d* % and 1.\d+ %/],
  ['no sample', 'latency', { observations: [latencies(0, 0)] }, 'INCONCLUSIVE', /no sample of promise was recorded/],
  [
    'recorded under another name',
    'latency',
    { observations: [latencies(300, 0, 'other')] },
    'INCONCLUSIVE',
    /no latency named promise was recorded; there is histogram other/,
  ],
  ['nothing recorded', 'latency', {}, 'INCONCLUSIVE', /there is nothing at all/],
  [
    'the worst window decides',
    'latency',
    { observations: [latencies(400, 0, 'promise:1'), latencies(300, 100, 'promise:2')] },
    'FAIL',
    /^2: /,
  ],
  [
    'a similar name is another thing',
    'latency',
    { observations: [latencies(400, 0, 'promise-final')] },
    'INCONCLUSIVE',
    /no latency named promise/,
  ],
  [
    'a histogram that contradicts itself',
    'latency',
    { observations: [{ ...latencies(300, 0), n: 400 } as Observation] },
    'INCONCLUSIVE',
    /says n = 400, its cells hold 300/,
  ],
  [
    'no histogram at all',
    'latency',
    { observations: [{ ...latencies(300, 0), hdr: 'x' } as Observation] },
    'INCONCLUSIVE',
    /can't be judged/,
  ],

  ['all good', 'availability', { observations: [proportion(299, 299)] }, 'PASS', /299 of 299 good/],
  ['too few', 'availability', { observations: [proportion(100, 100)] }, 'INCONCLUSIVE', /299 is the least/],
  ['down', 'availability', { observations: [proportion(900, 1_000)] }, 'FAIL', /900 of 1,000 good \(90 %\)/],
  ['no probe', 'availability', { observations: [proportion(0, 0)] }, 'INCONCLUSIVE', /no probe/],
  ['more good than all', 'availability', { observations: [proportion(2, 1)] }, 'INCONCLUSIVE', /contradicts/],

  [
    'fast enough',
    'throughput',
    { observations: [counter(7_200, 60, Array(60).fill(120))] },
    'PASS',
    /120\/s over 60 s, slowest second 120/,
  ],
  ['too slow', 'throughput', { observations: [counter(5_400, 60, Array(60).fill(90))] }, 'FAIL', /90\/s over 60 s/],
  [
    'one bad second',
    'throughput',
    { observations: [counter(7_000, 60, [...Array(59).fill(118), 38])] },
    'FAIL',
    /\(second 60\).*in every second/,
  ],
  ['seconds not counted', 'throughput', { observations: [counter(7_200, 60)] }, 'INCONCLUSIVE', /no counts per second/],
  [
    'seconds left out',
    'throughput',
    { observations: [counter(7_200, 60, [120])] },
    'INCONCLUSIVE',
    /only 1 second were counted/,
  ],
  [
    'seconds add up to more',
    'throughput',
    { observations: [counter(7_200, 60, Array(60).fill(121))] },
    'INCONCLUSIVE',
    /add up to 7,260/,
  ],
  [
    'shorter than promised',
    'throughput',
    { observations: [counter(1_200, 10, Array(10).fill(120))] },
    'INCONCLUSIVE',
    /promise is for 60 s/,
  ],
  [
    'shorter, and declared so',
    'throughput',
    { scope: 'compressed', observations: [counter(1_200, 10, Array(10).fill(120))] },
    'PASS',
    /over 10 s/,
  ],
  [
    'empty stretch',
    'throughput',
    { scope: 'compressed', observations: [counter(0, 0, [])] },
    'INCONCLUSIVE',
    /at least one whole second/,
  ],

  [
    'in time',
    'recovery',
    { observations: [series([1, 2, 3])], faults: faults(3) },
    'PASS',
    /median 2 s, p95 3 s, maximum 3 s, limit 5 s; 3 of 3 in time bound the share at 36.8 %/,
  ],
  [
    'at the limit',
    'recovery',
    { observations: [series([1, 5])], faults: faults(2) },
    'FAIL',
    /run 2 of 2 took 5 s, the limit is 5 s/,
  ],
  ['never', 'recovery', { observations: [series([1], 1)], faults: faults(2) }, 'FAIL', /1 of 2 runs never recovered/],
  [
    'only never',
    'recovery',
    { observations: [series([], 1)], faults: faults(1) },
    'FAIL',
    /1 of 1 run never recovered/,
  ],
  [
    'too few runs',
    'recovery',
    { observations: [series([1])], faults: faults(1) },
    'INCONCLUSIVE',
    /1 run of the 3 planned/,
    { repeatsExpected: 3 },
  ],
  [
    'without a fault',
    'recovery',
    { observations: [series([1, 1])], faults: faults(1) },
    'INCONCLUSIVE',
    /2 runs but 1 proven fault/,
  ],
  [
    'in another unit',
    'recovery',
    { observations: [series([1_000], 0, 'ms')], faults: faults(1) },
    'INCONCLUSIVE',
    /measured in ms/,
  ],

  ['checked', 'invariant', { observations: [checks(7)] }, 'PASS', /7 checks, no violation/],
  [
    'violated',
    'invariant',
    { observations: [checks(7, [{ check: 'z-norm', seen: 'valid' }])] },
    'FAIL',
    /1 of 7 checks failed, first: z-norm: valid/,
  ],
  ['nothing checked', 'invariant', { observations: [checks(0)] }, 'INCONCLUSIVE', /nothing was checked/],
  ['counted violations', 'invariant', { observations: [checks(1), counter(2, 1)] }, 'FAIL', /2 violations of promise/],
  ['held for some', 'invariant', { observations: [proportion(3, 4)] }, 'FAIL', /holds for 3 of 4/],
  [
    'clean history',
    'invariant',
    { observations: [history('audit-chain-intact', 0)] },
    'INCONCLUSIVE',
    /nothing was checked/,
    withItems([]),
  ],
  [
    'dirty history',
    'invariant',
    { observations: [history('accepted-events-accounted', 1)] },
    'FAIL',
    /accepted-events-accounted: accepted event a not found/,
    withItems([{ type: 'posted', id: 'a', outcome: 'ok', duplicate: false }]),
  ],
  [
    'unknown checker',
    'invariant',
    { observations: [history('wishful', 1), checks(1)] },
    'INCONCLUSIVE',
    /no checker is called wishful/,
    withItems([{}]),
  ],
  [
    'history of another length',
    'invariant',
    { observations: [history('audit-chain-intact', 2), checks(1)] },
    'INCONCLUSIVE',
    /holds 0 items, its record says 2/,
    withItems([]),
  ],
  [
    'history gone',
    'invariant',
    { observations: [history('audit-chain-intact', 2), checks(1)] },
    'INCONCLUSIVE',
    /history h is missing/,
  ],
  [
    'history demanded by the row',
    'invariant',
    { observations: [checks(5)] },
    'INCONCLUSIVE',
    /no history for views-converged/,
    { row: { ...row, checkers: ['views-converged'] } },
  ],

  [
    'above the floor',
    'floor',
    { observations: [series([0.9, 0.85], 0, '1')] },
    'PASS',
    /accuracy at least 0.85 in 2 measurements, floor 0.85/,
  ],
  ['below the floor', 'floor', { observations: [series([0.9, 0.84], 0, '1')] }, 'FAIL', /at least 0.84/],
  [
    'below the ceiling',
    'ceiling',
    { observations: [series([0.3], 0, '1')] },
    'PASS',
    /at most 0.3 in 1 measurement, ceiling 0.3/,
  ],
  ['above the ceiling', 'ceiling', { observations: [series([0.31], 0, '1')] }, 'FAIL', /at most 0.31/],
  ['no value', 'ceiling', { observations: [series([], 2, '1')] }, 'FAIL', /2 of 2 measurements never came to a value/],
  ['nothing measured', 'ceiling', { observations: [series([], 0, '1')] }, 'INCONCLUSIVE', /no measurement/],

  [
    'aborted',
    'invariant',
    { observations: [checks(3)], aborted: 'postEvent failed' },
    'INCONCLUSIVE',
    /ended early: postEvent failed/,
  ],
  [
    'target died',
    'invariant',
    { observations: [checks(3)], premises: [premise('schedule lag p99', 9, true), premise('target alive', 2, false)] },
    'INCONCLUSIVE',
    /the target died/,
  ],
  [
    'broken premise, whatever the numbers say',
    'invariant',
    { observations: [checks(3, [{ check: 'x', seen: 'y' }])], premises: [premise('steady state before', 2, false)] },
    'INCONCLUSIVE',
    /premise broken: steady state before is 2 ms, at most 1 is allowed/,
  ],
  [
    'effect not proven',
    'recovery',
    { observations: [series([1])], faults: [fault({ effectProvenAtMs: null })] },
    'INCONCLUSIVE',
    /effect of fault crash was not proven/,
  ],
  [
    'fault left behind',
    'recovery',
    { observations: [series([1])], faults: [fault({ residue: ['iptables rule'] })] },
    'INCONCLUSIVE',
    /not undone: iptables rule/,
  ],
  [
    'plane undeclared, row optional',
    'invariant',
    { target: { name: 't', version: '1', capabilities: [], details: {} } },
    'NOT-APPLICABLE',
    /does not declare events/,
  ],
  [
    'plane undeclared, row not optional',
    'invariant',
    { target: { name: 't', version: '1', capabilities: [], details: {} } },
    'FAIL',
    /does not declare events, which this requirement needs/,
    { row: { ...row, optional: false } },
  ],
  [
    'a failed check fails any kind',
    'latency',
    { observations: [latencies(400, 0), checks(2, [{ check: 'c', seen: 's' }])] },
    'FAIL',
    /first: c: s/,
  ],
  [
    'unknown requirement',
    'latency',
    { observations: [latencies(400, 0)] },
    'INCONCLUSIVE',
    /requirement is not among the promises/,
    { row: undefined },
  ],
  [
    'unknown objective',
    'latency',
    { observations: [latencies(400, 0)] },
    'INCONCLUSIVE',
    /objective promise is not among the promises/,
    { objectives: {} },
  ],
  [
    'further objective missing',
    'latency',
    { observations: [latencies(400, 0)] },
    'INCONCLUSIVE',
    /second: no series named second/,
    { row: { ...row, further: ['second'] }, objectives: { promise: objectives.latency, second: objectives.recovery } },
  ],
]

for (const [title, kind, change, word, reason, more] of samples) {
  test(title, () => {
    const verdict = judged(kind, [record(change)], more)
    expect([verdict.verdict, verdict.reason]).toEqual([word, expect.stringMatching(reason)])
    expect(Verdict.safeParse(verdict).success).toBe(true)
  })
}

describe('escalation', () => {
  const thin = record({ observations: [latencies(290, 0)] })
  const noisy = record({ observations: [latencies(0, 400)], premises: [premise('schedule lag p99', 9, true)] })
  const more = (good: number, bad = 0) => record({ stage: 1, observations: [latencies(good, bad)] })

  test('doubt by noise or too few samples may be escaped, other doubt may not', () => {
    expect(judged('latency', [thin]).escalate).toBe(true)
    expect(judged('latency', [noisy]).escalate).toBe(true)
    const both = [premise('schedule lag p99', 9, true), premise('fault effect', 2, false)]
    expect(judged('latency', [record({ premises: both })]).escalate).toBe(false)
    expect(judged('latency', [record({ aborted: 'x' })]).escalate).toBe(false)
    expect(judged('latency', [record({})]).escalate).toBe(false)
  })

  test('samples of both stages are pooled', () => {
    const verdict = judged('latency', [thin, more(10)])
    expect(verdict).toMatchObject({ verdict: 'PASS', n: 300, escalate: false })
    expect(verdict.reason).toMatch(/after the declared escalation/)
  })

  test('a first stage with a broken premise does not count', () => {
    expect(judged('latency', [noisy, more(400)])).toMatchObject({ verdict: 'PASS', n: 400 })
    expect(judged('latency', [noisy, more(200)])).toMatchObject({ verdict: 'INCONCLUSIVE', n: 200, escalate: false })
  })

  test('a decided first stage stands: nothing is retried until green', () => {
    const failed = record({ observations: [latencies(200, 200)] })
    expect(judged('latency', [failed, more(100_000)])).toMatchObject({ verdict: 'FAIL', n: 400 })
    expect(judged('latency', [record({ aborted: 'x' }), more(400)]).verdict).toBe('INCONCLUSIVE')
  })

  test('stages that are missing or doubled decide nothing', () => {
    expect(judged('latency', []).reason).toBe('no evidence was recorded')
    expect(judged('latency', [more(400)]).reason).toBe('the escalation has no first stage')
    expect(judged('latency', [thin, thin]).reason).toBe('a stage was recorded twice')
  })
})

test('an exemption lets a failure through, says so, and nothing else', () => {
  const exemptions = [{ requirement: 'ROW', reason: 'known', owner: 'me', expires: '2027-01-01', reference: 'ADR' }]
  const bad = record({ observations: [checks(1, [{ check: 'c', seen: 's' }])] })
  expect(judged('invariant', [bad], { exemptions })).toMatchObject({
    verdict: 'EXEMPT',
    reason: expect.stringMatching(/exempt until 2027-01-01 \(me: known\); still fails: 1 of 1/),
  })
  expect(judged('invariant', [record({ observations: [checks(1)] })], { exemptions }).verdict).toBe('PASS')
  expect(judged('invariant', [record({ aborted: 'x' })], { exemptions }).verdict).toBe('INCONCLUSIVE')
  expect(judged('invariant', [bad], { exemptions: [{ ...exemptions[0]!, requirement: 'OTHER' }] }).verdict).toBe('FAIL')
})

test('a limit that is no edge is judged by whole cells, never flattering', () => {
  const promise = { ...objectives.latency, limit: 5 }
  // 5 ms lie in the cell (4.996, 5.000…]: its upper end is above 5 ms, so the cell counts as over.
  const verdict = judged('latency', [record({ observations: [latencies(400, 0)] })], { objectives: { promise } })
  expect(verdict.observed).toBeGreaterThanOrEqual(5)
  expect(verdict.verdict === 'PASS').toBe((verdict.observed ?? 0) <= 5)
})

/** More bad samples can only make a verdict worse. */
test('verdicts are monotone in the number of samples over the limit', () => {
  const order = ['PASS', 'INCONCLUSIVE', 'FAIL']
  fc.assert(
    fc.property(fc.integer({ min: 300, max: 2_000 }), fc.integer({ min: 0, max: 60 }), (n, bad) => {
      const word = (over: number) =>
        order.indexOf(judged('latency', [record({ observations: [latencies(n - over, over)] })]).verdict)
      expect(word(bad + 1)).toBeGreaterThanOrEqual(word(bad))
    }),
    { seed: 1, numRuns: 30 },
  )
})

test('the judge is total: whatever the evidence says, there is a verdict', () => {
  const odd = fc.record({
    observations: fc.array(
      fc.oneof(
        fc.record({
          type: fc.constant('histogram' as const),
          name: fc.constant('promise'),
          unit: fc.constant('ms' as const),
          n: fc.nat(),
          hdr: fc.string(),
          within: fc.dictionary(fc.string(), fc.nat()),
        }),
        fc.record({
          type: fc.constant('counter' as const),
          name: fc.constant('promise'),
          unit: fc.string(),
          value: fc.double({ noNaN: true }),
          overS: fc.double({ min: 0, noNaN: true }),
          perSecond: fc.array(fc.double({ noNaN: true })),
        }),
        fc.record({
          type: fc.constant('proportion' as const),
          name: fc.constant('promise'),
          good: fc.nat(),
          total: fc.nat(),
        }),
        fc.record({
          type: fc.constant('series' as const),
          name: fc.constant('promise'),
          unit: fc.constantFrom('s', '1'),
          values: fc.array(fc.double({ noNaN: true })),
          censored: fc.nat(3),
        }),
        fc.record({
          type: fc.constant('history' as const),
          name: fc.string(),
          checker: fc.constantFrom('views-converged', 'cycles-on-time', 'x'),
          n: fc.nat(3),
          file: fc.constant('h'),
          sha256: fc.constant('0'.repeat(64)),
        }),
      ),
      { maxLength: 4 },
    ),
    faults: fc.constant(faults(2)),
  })
  fc.assert(
    fc.property(
      odd,
      fc.array(fc.anything(), { maxLength: 3 }),
      fc.constantFrom(...(Object.keys(objectives) as Kind[])),
      (change, items, kind) => {
        const verdict = judged(kind, [record(change)], withItems(items))
        expect(['PASS', 'FAIL', 'INCONCLUSIVE']).toContain(verdict.verdict)
      },
    ),
    { seed: 1, numRuns: 500 },
  )
})
