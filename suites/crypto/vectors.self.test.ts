import { describe, expect, test } from 'vitest'
import { cryptoParts } from '../../fixtures/crypto/parts.ts'
import { cryptoPort } from '../../fixtures/crypto/port.ts'
import type { CryptoPlane } from '../contract/crypto.ts'
import { ok } from '../contract/outcome.ts'
import { randomFrom } from '../contract/random.ts'
import { accumulatedSecrets, accumulatedSignatures } from './accumulated.ts'
import { agreementFindings } from './agreement.ts'
import type { Finding } from './finding.ts'
import { kemFindings, signFindings, verifyFindings } from './plane.ts'
import { checkedBytes, vectorCases, vectorFiles } from './wycheproof.ts'

const genuine = (): CryptoPlane => cryptoPort(cryptoParts, { nowMs: () => 0, lanes: 0 })

async function failed(findings: AsyncIterable<Finding>): Promise<{ n: number; failed: string[] }> {
  const all: Finding[] = []
  for await (const finding of findings) all.push(finding)
  return { n: all.length, failed: all.filter(({ holds }) => !holds).map(({ check, seen }) => `${check}: ${seen}`) }
}

describe('vector files', () => {
  test('hold 567 ML-KEM-768 and 393 ML-DSA-65 cases', () => {
    const count = (...keys: (keyof typeof vectorFiles)[]) => keys.reduce((sum, key) => sum + vectorCases(key).length, 0)
    expect(count('encaps', 'keygen', 'semiExpanded', 'combined')).toBe(567)
    expect(count('signNoSeed', 'signSeed', 'verify')).toBe(393)
  })

  test('are refused when a byte differs from the pinned digest', () => {
    const { name, sha256 } = vectorFiles.verify
    expect(() => checkedBytes(name, sha256, new Uint8Array([1]))).toThrow(/has SHA-256 .* restore it/)
  })
})

describe('findings on a crypto plane', () => {
  test('hold for native primitives, with every expressible case asked', async () => {
    const plane = genuine()
    expect(await failed(verifyFindings(plane))).toEqual({ n: 210, failed: [] })
    expect((await failed(signFindings(plane))).failed).toEqual([])
    const kem = await failed(kemFindings(plane))
    expect(kem.failed).toEqual([])
    expect(kem.n).toBeGreaterThanOrEqual(100 + 193 + 265 + 100)
    expect((await failed(accumulatedSignatures(plane))).failed).toEqual([])
    expect((await failed(accumulatedSecrets(plane))).failed).toEqual([])
    expect((await failed(agreementFindings(plane, randomFrom('self')))).failed).toEqual([])
  })

  test('name each invalid case that a verifier lets pass', async () => {
    const accepting: CryptoPlane = { ...genuine(), verify: async () => ok({ valid: true, verifyMs: 0 }) }
    const { failed: findings } = await failed(verifyFindings(accepting))
    expect(findings).toHaveLength(131)
    expect(findings[0]).toMatch(/^target verify tcId \d+ \(invalid\): \{"valid":true/)
  })

  test('catch a verifier that ignores its context', async () => {
    const plane = genuine()
    const deaf: CryptoPlane = { ...plane, verify: ({ context: _, ...input }) => plane.verify(input) }
    expect((await failed(verifyFindings(deaf))).failed.length).toBeGreaterThan(0)
    expect((await failed(agreementFindings(deaf, randomFrom('self')))).failed.length).toBeGreaterThan(0)
  })

  test('catch a signer that repeats itself', async () => {
    const plane = genuine()
    const stale: CryptoPlane = {
      ...plane,
      sign: async (input) => {
        const answer = await plane.sign(input)
        if (!answer.ok) return answer
        return ok({ ...answer.value, signatures: answer.value.signatures.map(() => answer.value.signatures[0] ?? '') })
      },
    }
    const { failed: findings } = await failed(agreementFindings(stale, randomFrom('self')))
    expect(findings.some((finding) => finding.includes('hedged'))).toBe(true)
  })

  test('catch decapsulation that signals rejection instead of answering a secret', async () => {
    const plane = genuine()
    const loud: CryptoPlane = { ...plane, decapsulate: async () => ok({ accepted: false }) }
    expect((await failed(accumulatedSecrets(loud))).failed).toHaveLength(1)
    const { failed: findings } = await failed(kemFindings(loud))
    expect(findings.filter((finding) => finding.startsWith('target combined'))).toHaveLength(153)
  })

  test('catch encapsulation to unchecked keys', async () => {
    const plane = genuine()
    const lax: CryptoPlane = {
      ...plane,
      encapsulate: async () => ok({ accepted: true, ciphertext: '', sharedSecret: '' }),
    }
    const { failed: findings } = await failed(kemFindings(lax))
    expect(findings.filter((finding) => finding.includes('(invalid)'))).toHaveLength(132)
  })
})
