import { describe, expect, test } from 'vitest'
import { randomFrom } from '../../suites/contract/random.ts'
import type { Observation } from '../../suites/evidence/record.ts'
import type { Baseline, Comparison } from './baseline.ts'
import type { Case } from './finding.ts'
import { tightestMargin } from './kinds/margin.ts'
import { machineDifferences, type MachineClass } from './machine-class.ts'
import { pool } from './pool.ts'
import { judged, objectives, record } from './sample-evidence.ts'

const machine: MachineClass = { cpu: 'Made up', cores: 2, memoryGiB: 8, kernel: 'linux 6 x64', node: 'v24.1.0' }

type Rounds = Extract<Observation, { type: 'series' }>
const rounds = (name: string, values: readonly number[], unit = 'ms'): Rounds => ({
  type: 'series',
  name,
  unit,
  values: [...values],
  censored: 0,
})
const promise = (values: readonly number[]) => rounds('promise:like', values)
/** So many rounds on a machine that needs 10 ms for the yardstick. */
const yardstick = (n: number, ms = 10) => rounds('yardstick:like', Array<number>(n).fill(ms))
const baseline = (series: readonly Rounds[], change: Partial<Baseline> = {}): Baseline => ({
  requirement: 'ROW',
  objective: 'promise',
  run: 'old',
  recordedAt: '2026-11-20T00:00:00.000Z',
  target: { name: 't', version: '1' },
  machine,
  series: [...series],
  ...change,
})
const against = (base: Baseline | null, change: Partial<Comparison> = {}): Comparison => ({
  machine,
  target: 't',
  baseline: base,
  refused: null,
  ...change,
})
const then = [0.9, 0.91, 0.88, 0.93, 0.9, 0.89, 0.92, 0.905, 0.897, 0.913]
const base = baseline([promise(then), yardstick(10)])
const times = (factor: number, values = then) =>
  values.map((value, index) => value * factor * (1 + (index % 3) / 1_000))

const held = (observations: readonly Observation[], comparison: Comparison | null = against(base)) =>
  judged('margin', [record({ observations: [...observations] })], { comparison })

describe('what is compared', () => {
  test('as fast, or 2 % slower: within the margin', () => {
    for (const factor of [0.7, 1, 1.02]) {
      const verdict = held([promise(times(factor)), yardstick(10)])
      expect(verdict).toMatchObject({ verdict: 'PASS', n: 10, limit: 1.03, unit: '× baseline' })
      expect(verdict.observed).toBeCloseTo(factor * 1.001, 2)
    }
  })

  test('5 % slower: beyond it, and the reason tells how much', () => {
    const verdict = held([promise(times(1.05)), yardstick(10)])
    expect(verdict).toMatchObject({ verdict: 'FAIL', escalate: false })
    expect(verdict.reason).toMatch(
      /^like: median of a round \+5\.\d+ % against run old in 10 pairs of rounds, between \+5 % and \+5\.2\d* % at 99\.5 % confidence, margin \+3 %; machine \+0 %$/,
    )
  })

  test('noise that hides the margin is doubt, which more rounds may end only if the baseline has them', () => {
    const noisy = then.map((value, index) => value * (index % 2 === 0 ? 0.95 : 1.12))
    expect(held([promise(noisy), yardstick(10)])).toMatchObject({ verdict: 'INCONCLUSIVE', escalate: false })
    const longer = against(baseline([promise([...then, ...then]), yardstick(20)]))
    expect(held([promise(noisy), yardstick(10)], longer)).toMatchObject({ verdict: 'INCONCLUSIVE', escalate: true })
  })

  test('a slower machine is reckoned away, a much slower one is not', () => {
    expect(held([promise(times(1.06)), yardstick(10, 10.6)])).toMatchObject({ verdict: 'PASS' })
    expect(held([promise(times(1)), yardstick(10, 9.4)])).toMatchObject({ verdict: 'FAIL' })
    const far = held([promise(times(1.2)), yardstick(10, 12)])
    expect(far).toMatchObject({ verdict: 'INCONCLUSIVE', escalate: true })
    expect(far.reason).toMatch(/machine \+20 %: more than 10 % between the machine then and now can't be reckoned away/)
  })

  test('the tightest margin is the upper bound', () => {
    const given: Case<'margin'> = {
      id: 'promise',
      objective: objectives.margin,
      pooled: pool([record({ observations: [promise(times(1.05)), yardstick(10)] })]),
      confidence: 0.995,
      scope: 'full',
      repeatsExpected: 1,
      itemsClean: 0,
      comparison: against(base),
    }
    expect(tightestMargin(given)).toBeCloseTo(0.052, 3)
    expect(tightestMargin({ ...given, comparison: null })).toBeNull()
  })
})

const howTo = /record one on this machine while it does nothing else: `npx meshcert certify --only LOAD-BASELINE/

describe('what is not compared, with what to do', () => {
  const same = [promise(times(1)), yardstick(10)]
  const cases: readonly [string, Comparison | null, readonly Observation[], RegExp][] = [
    ['no comparison in the plan', null, same, howTo],
    ['no baseline', against(null), same, /there is no baseline: record one/],
    ['a refused one', against(null, { refused: 'its signature is wrong' }), same, /^its signature is wrong$/],
    [
      'another machine class',
      against(base, { machine: { ...machine, cores: 8, node: 'v26.0.0' } }),
      same,
      /another machine class \(cores 2 there, 8 here; Node v24\.1\.0 there, v26\.0\.0 here\): judge on such a machine, or record/,
    ],
    ['another target', against(base, { target: 'mine' }), same, /is of the target t, this is mine/],
    ['another objective', against(baseline([], { objective: 'other' })), same, /is of other: record/],
    [
      'other circumstances',
      against(baseline([rounds('promise:500 nodes', then)])),
      same,
      /was recorded otherwise \(500 nodes\): run it like that/,
    ],
    ['no yardstick now', against(base), [promise(then)], /the machine's speed is unknown/],
    ['no yardstick then', against(baseline([promise(then)])), same, /the machine's speed is unknown/],
    [
      'too few pairs',
      against(base),
      [promise(then.slice(0, 7)), yardstick(7)],
      /7 pairs of rounds with run old, 8 is the least/,
    ],
    ['a yardstick for some rounds only', against(base), [promise(then), yardstick(9)], /not one value for each round/],
    [
      'another unit',
      against(base),
      [rounds('promise:like', then, 's'), yardstick(10)],
      /measured in s, the baseline in ms/,
    ],
    [
      'a round without time',
      against(base),
      [promise([...then.slice(1), 0]), yardstick(10)],
      /holds 0, which is no time/,
    ],
    [
      'a round without value',
      against(base),
      [{ ...promise(then), censored: 1 }, yardstick(10)],
      /1 of 11 rounds .* have no value/,
    ],
    ['no rounds', against(base), [], /no series named promise was recorded/],
  ]
  test.each(cases)('%s', (_, comparison, observations, says) => {
    const { verdict, reason } = held(observations, comparison)
    expect(verdict).toBe('INCONCLUSIVE')
    expect(reason.replace(/^like: /, '')).toMatch(says)
  })

  test('classes differ in every respect that a time depends on', () => {
    expect(machineDifferences(machine, machine)).toEqual([])
    const other = { cpu: 'x', cores: 1, memoryGiB: 1, kernel: 'y', node: 'z' }
    for (const part of Object.keys(machine) as (keyof MachineClass)[])
      expect(machineDifferences(machine, { ...machine, [part]: other[part] })).toHaveLength(1)
  })
})

/** Rounds that scatter, as latencies do: products of many small influences. */
function scattered(random: ReturnType<typeof randomFrom>, n: number, spread: number): number[] {
  return Array.from({ length: n }, () => {
    const normal = Array.from({ length: 12 }, () => random.float()).reduce((sum, value) => sum + value, -6)
    return 0.9 * Math.exp(spread * normal)
  })
}

test('300 comparisons of equals raise no alarm; 8 % slower is nearly always found, at 3 % it is hardly ever let pass', () => {
  const random = randomFrom('comparisons')
  const [n, spread, runs] = [24, 0.025, 300]
  const wordsAt = (factor: number) => {
    const words = Array.from({ length: runs }, () => {
      const comparison = against(baseline([promise(scattered(random, n, spread)), yardstick(n)]))
      const now = scattered(random, n, spread).map((value) => value * factor)
      return held([promise(now), yardstick(n)], comparison).verdict
    })
    return (word: string) => words.filter((one) => one === word).length / runs
  }
  expect(wordsAt(1)('FAIL')).toBe(0)
  expect(wordsAt(1)('PASS')).toBeGreaterThan(0.75)
  expect(wordsAt(1.08)('FAIL')).toBeGreaterThan(0.95)
  const atMargin = wordsAt(1.03)
  expect(atMargin('PASS')).toBeLessThan(0.025)
  expect(atMargin('FAIL')).toBeLessThan(0.025)
})
