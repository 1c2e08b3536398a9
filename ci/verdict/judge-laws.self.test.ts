import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  objectives,
  record,
  latencies,
  checks,
  fault,
  faults,
  premise,
  judged,
  withItems,
  type Kind,
} from './sample-evidence.ts'

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

  test('a failed check that no noise can fail decides on a noisy machine, whatever samples there say does not', () => {
    const late = premise('schedule lag p99', 9, true)
    const twice = { check: 'no beacon is used twice', seen: '3 are', noise: false as const }
    const slow = { check: 'no bystander goes down', seen: 'node-3 did' }
    const seen = (failed: (typeof twice | typeof slow)[], premises = [late]) =>
      record({ observations: [latencies(0, 400), checks(9, failed)], premises })
    expect(judged('latency', [seen([slow, twice])])).toMatchObject({
      verdict: 'FAIL',
      escalate: false,
      reason: '1 check failed that no noise can fail, first: no beacon is used twice: 3 are',
    })
    expect(judged('latency', [seen([slow])])).toMatchObject({ verdict: 'INCONCLUSIVE', escalate: true })
    // It stands: the escalation is for doubts.
    expect(judged('latency', [seen([twice]), more(100_000)]).verdict).toBe('FAIL')
    expect(judged('latency', [seen([slow]), { ...seen([twice]), stage: 1 as const }]).verdict).toBe('FAIL')
    const broken = [late, premise('steady state before', 2, false)]
    expect(judged('latency', [seen([twice], broken)]).verdict).toBe('INCONCLUSIVE')
    expect(judged('latency', [{ ...seen([twice]), faults: [fault({ effectProvenAtMs: null })] }]).verdict).toBe(
      'INCONCLUSIVE',
    )
    expect(judged('latency', [{ ...seen([twice]), aborted: 'x' }]).verdict).toBe('INCONCLUSIVE')
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
