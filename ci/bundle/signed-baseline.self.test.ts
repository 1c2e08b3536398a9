import { expect, test } from 'vitest'
import { canonicalJson } from '../../suites/evidence/digest.ts'
import type { Evidence } from '../../suites/evidence/record.ts'
import { planned } from '../run/comparison.ts'
import type { Plan } from '../verdict/plan.ts'
import { concludeRun } from '../verdict/run-verdict.ts'
import { checks, premise } from '../verdict/sample-evidence.ts'
import { baselineFrom } from './baseline-record.ts'
import { freshKeys, keyIdOf, keySetText } from './keys.ts'
import { evidenceOf, filesOf, machine, planOf, rounds, row } from './sample-baseline.ts'
import { comparisonOf, openBaseline, sealBaseline } from './signed-baseline.ts'

const keys = freshKeys()
const own = new Set([keyIdOf(keys.ed25519), keyIdOf(keys['ml-dsa-65'])])
const baseline = baselineFrom(filesOf(planOf()))
const sealed = sealBaseline(baseline, keys)
const changed = (from: string | RegExp, to: string): string => {
  const text = sealed.replace(from, to)
  expect(text).not.toBe(sealed)
  return text
}
/** The payload with another figure in it, under the old signatures. */
function fasterPayload(): string {
  const { envelope, keys: set } = JSON.parse(sealed)
  const payload = Buffer.from(envelope.payload, 'base64').toString().replace('"values":[1,', '"values":[0.5,')
  return canonicalJson({ envelope: { ...envelope, payload: Buffer.from(payload).toString('base64') }, keys: set })
}

test('the rounds of a run become a baseline that says whose and where', () => {
  expect(baseline).toMatchObject({
    run: 'r1',
    target: { name: 't', version: '7' },
    machine,
    objective: 'baseline-margin',
  })
  expect(baseline.series.map(({ name, values }) => [name, values.length])).toEqual([
    ['baseline-margin:like', 10],
    ['yardstick:like', 10],
  ])
  expect(openBaseline(sealed)).toEqual({ baseline, signers: [...own] })
})

test.each<[string, Partial<Plan>, Partial<Evidence>, RegExp]>([
  ['a run with a defect', { defect: 'beacon-detour' }, {}, /beacon-detour was switched on/],
  [
    'a run of other rows',
    { rows: [{ ...row, requirement: 'LOAD-100' }] },
    {},
    /judged no row that is held against one/,
  ],
  ['a broken premise', {}, { premises: [premise('foreign load', 9, true)] }, /every premise held/],
  ['a scenario that broke off', {}, { aborted: 'gone' }, /did not come to its end/],
  ['a failed check', {}, { observations: [...rounds(10), checks(1, [{ check: 'c', seen: 's' }])] }, /c: s/],
  ['too few rounds', {}, { observations: [...rounds(7)] }, /7 rounds, 8 are the least/],
  ['no rounds', {}, { observations: [] }, /0 rounds, 8 are the least/],
])('%s is no baseline', (_, plan, evidence, says) => {
  expect(() => baselineFrom(filesOf(planOf(plan), evidence))).toThrow(says)
})

test.each<[string, () => string, RegExp]>([
  ['other rounds', fasterPayload, /its ed25519 signature is wrong/],
  ['one signature of two', () => changed(/,\{"keyid":"[^"]*","sig":"[^"]*"\}\]/, ']'), /has no ml-dsa-65 signature/],
  [
    "a stranger's signatures",
    () => canonicalJson({ ...JSON.parse(sealBaseline(baseline, freshKeys())), keys: JSON.parse(keySetText(keys)) }),
    /by another key/,
  ],
  ['a space more', () => `${sealed} `, /not in canonical form/],
  ['no JSON', () => sealed.slice(1), /is no signed baseline/],
  ['a field more', () => changed('{"envelope"', '{"also":1,"envelope"'), /is no signed baseline/],
])('%s: refused by name, and nothing is compared', (_, tampered, says) => {
  const text = tampered()
  const { refused, signed } = planned('baseline.json', text, own)
  expect(signed).toBeNull()
  expect(refused).toMatch(/^the baseline baseline\.json: .*Delete it and record one on this machine/s)
  expect(refused).toMatch(says)
})

test('every byte flipped on a grid is refused', () => {
  const bytes = Buffer.from(sealed)
  for (let offset = 0; offset < bytes.length; offset += 41) {
    const flipped = Buffer.from(bytes)
    flipped[offset] = (flipped[offset] ?? 0) ^ (1 << (offset % 7))
    expect(openBaseline(flipped.toString()), `byte ${offset}`).toHaveProperty('problem')
  }
})

test('one that is whole counts if its keys are trusted; none is no error', () => {
  expect(planned('b', sealed, own)).toMatchObject({ signed: sealed, refused: null })
  expect(planned('b', sealed, new Set()).refused).toMatch(/signed by [0-9a-f]{16}…, a key that is not yours: record/)
  expect(planned('b', null, own)).toMatchObject({ signed: null, refused: null })
})

test('a run is judged by the baseline in its plan, wherever it is judged again', () => {
  const judgedAgainst = (text: string, factor: number) => {
    const plan = planOf({ comparison: { machine, signed: text, refused: null } })
    const evidence = [evidenceOf(plan, { observations: [...rounds(10, factor)] })]
    const stored = { evidence, histories: new Map(), documents: new Map() }
    return concludeRun({ plan, stored }).requirements[0]
  }
  expect(judgedAgainst(sealed, 1)).toMatchObject({ verdict: 'PASS' })
  expect(judgedAgainst(sealed, 1.1)).toMatchObject({
    verdict: 'FAIL',
    reason: expect.stringContaining('+10 % against run r1'),
  })
  const tampered = judgedAgainst(fasterPayload(), 0.4)
  expect(tampered).toMatchObject({ verdict: 'INCONCLUSIVE' })
  expect(tampered?.reason).toMatch(/the baseline in plan\.json: its ed25519 signature is wrong/)
  expect(comparisonOf(planOf({ comparison: undefined }))).toBeNull()
})
