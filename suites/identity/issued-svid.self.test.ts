import { expect, test } from 'vitest'
import type { X509Svid } from '../contract/identity.ts'
import { buildCertificate, newKey, type CertificateSpec } from './certificate-builder.ts'
import { findingsOf, isUsable, keyMatches, whyUnusable } from './issued-svid.ts'
import { leafSpec, nowS, present, signerSpec } from './svid-scene.ts'

const [uri = ''] = leafSpec.uris
const rootSpec: CertificateSpec = { ...signerSpec, subject: 'root' }
const rootKey = newKey('P-256')
const root = buildCertificate(rootSpec, rootKey, { subject: 'root', key: rootKey })

function svid(change: Partial<CertificateSpec>, wrongKey = false): X509Svid {
  const key = newKey('P-256')
  const leaf = buildCertificate({ ...leafSpec, ...change }, key, { subject: 'root', key: rootKey })
  const { privateKey } = wrongKey ? newKey('P-256') : key
  return {
    spiffeId: uri,
    chain: [leaf.toString('base64')],
    privateKeyPkcs8: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    bundle: [root.toString('base64')],
  }
}

const broken = (issued: X509Svid): readonly string[] =>
  findingsOf(issued, uri)
    .filter(({ holds }) => !holds)
    .map(({ rule }) => rule)

test('a correct SVID breaks no rule', () => {
  expect(broken(svid({}))).toEqual([])
  expect(broken(svid({ purposes: null, cA: null, subject: 'w', sanCritical: false }))).toEqual([])
})

test.each<[string, Partial<CertificateSpec>]>([
  ['one-uri-san', { uris: [uri, 'spiffe://suite.example/x'] }],
  ['id-of-workload', { uris: ['spiffe://suite.example/x'] }],
  ['san-critical-without-subject', { sanCritical: false }],
  ['leaf-not-ca', { cA: true }],
  ['key-usage-critical', { keyUsageCritical: false }],
  ['digital-signature', { keyUsage: ['keyEncipherment'] }],
  ['leaf-no-key-cert-sign', { keyUsage: ['digitalSignature', 'keyCertSign'] }],
  ['leaf-no-crl-sign', { keyUsage: ['digitalSignature', 'cRLSign'] }],
  ['extended-key-usage', { purposes: ['serverAuth'] }],
])('the oracle finds %s, alone', (rule, change) => {
  expect(broken(svid(change))).toEqual([rule])
})

test('the oracle finds a SPIFFE ID that is none, a foreign key and a foreign bundle', () => {
  expect(broken(svid({ uris: ['spiffe://suite.example/a/../w'] }))).toContain('spiffe-id')
  expect(broken(svid({ keyUsage: null }))).toContain('key-usage-present')
  expect(broken(svid({}, true))).toEqual(['key-of-certificate'])
  expect(keyMatches(svid({}, true))).toBe(false)
  const foreign = present({}).bundle.map((der) => der.toString('base64'))
  expect(broken({ ...svid({}), bundle: foreign })).toEqual(['path-to-bundle'])
})

test('an SVID is usable while it is in force, with its own name, key and path to its bundle', () => {
  const usable = (issued: X509Svid, atS = nowS) => isUsable([issued], uri, atS)
  const { notBeforeS, notAfterS } = leafSpec
  expect([notBeforeS, nowS, notAfterS].map((atS) => usable(svid({}), atS))).toEqual([true, true, true])
  expect(isUsable([], uri, nowS)).toBe(false)
  expect(usable(svid({ uris: ['spiffe://suite.example/x'] }))).toBe(false)
  expect(usable(svid({}, true))).toBe(false)
  expect(usable(svid({}), notAfterS + 1)).toBe(false)
  expect(usable(svid({}), notBeforeS - 2)).toBe(false)
  // A target may tell its time in whole seconds: what it just issued may seem to begin in a moment.
  expect(usable(svid({}), notBeforeS - 0.9)).toBe(true)
  const foreign = present({}).bundle.map((der) => der.toString('base64'))
  expect(usable({ ...svid({}), bundle: foreign })).toBe(false)
  const stranger = buildCertificate(leafSpec, newKey('P-256'), { subject: 'root', key: newKey('P-256') })
  expect(usable({ ...svid({}), chain: [...svid({}).chain, stranger.toString('base64')] })).toBe(false)
})

test.each<[string, Partial<X509Svid>, RegExp]>([
  ['no leaf', { chain: [] }, /^its leaf can't be read: ./],
  ['a leaf of other bytes', { chain: ['bm8gY2VydGlmaWNhdGU='] }, /^its leaf can't be read: ./],
  ['a bundle of other bytes', { bundle: ['AAAA'] }, /^its bundle can't be read: ./],
  ['a key of other bytes', { privateKeyPkcs8: 'AAAA' }, /^its private key can't be read: ./],
])('%s is a finding with a sentence, not an error of the suite', (_, change, says) => {
  const issued = { ...svid({}), ...change }
  expect(whyUnusable([issued], uri, nowS)).toMatch(says)
  expect(findingsOf(issued, uri)).toEqual([{ rule: 'readable', holds: false, seen: expect.stringMatching(says) }])
})
