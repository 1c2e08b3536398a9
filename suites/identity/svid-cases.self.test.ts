import { expect, test } from 'vitest'
import { leafRules } from '../../fixtures/identity/leaf-rules.ts'
import { signerRules } from '../../fixtures/identity/signer-rules.ts'
import { idRules } from '../../fixtures/identity/spiffe-id.ts'
import { validateSvid } from '../../fixtures/identity/validation.ts'
import { svidCases, svidRules } from './svid-cases.ts'

const rules = { leaf: leafRules, signer: signerRules }
const cases = [...svidCases()]

test('the reference decides every case as the standard does', () => {
  const wrong = cases
    .map((one) => ({ ...one, validation: validateSvid(rules, one.presented) }))
    .filter(({ expected, validation }) => validation.accepted !== expected)
    .map(({ name, validation }) => `${name} (${validation.reason})`)
  expect(wrong).toEqual([])
})

test('every rule has something that passes, and something that does not where the standard forbids it', () => {
  expect(svidRules.length).toBeGreaterThanOrEqual(25)
  expect(svidRules.filter(({ accepts }) => Object.keys(accepts).length === 0)).toEqual([])
  expect(svidRules.filter(({ refuses }) => Object.keys(refuses).length === 0).map(({ rule }) => rule)).toEqual([
    'id-length',
  ])
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
})

/** Cases decided wrongly by a validator that forgot one rule. */
const noticedWithout = (rule: string): number => {
  const forgetful = {
    leaf: leafRules.filter((one) => one.rule !== rule),
    signer: signerRules.filter((one) => one.rule !== rule),
  }
  return cases.filter(({ presented, expected }) => validateSvid(forgetful, presented).accepted !== expected).length
}

test('a validator that forgets one rule is caught', () => {
  const all = [...leafRules, ...signerRules].map(({ rule }) => rule)
  const unnoticed = all.filter((rule) => noticedWithout(rule) === 0)
  // What is absent is also not critical, and without a URI there is no SPIFFE ID: the next rule refuses these.
  const doubled = ['uri-san-missing', 'key-usage-present', 'signer-key-usage-present']
  // Of a signing certificate's SPIFFE ID the standard asks less than the reference.
  const stricter = ['signer-one-uri-san', 'signer-spiffe-id']
  expect(unnoticed).toEqual([...doubled, ...stricter])
})

test('every rule of a SPIFFE ID is the reason of some refusal', () => {
  const reasons = cases.map(({ presented }) => validateSvid(rules, presented).reason)
  const silent = idRules.filter(({ rule }) => !reasons.some((reason) => reason.includes(` ${rule}:`)))
  expect(silent.map(({ rule }) => rule)).toEqual(['id-length'])
})
