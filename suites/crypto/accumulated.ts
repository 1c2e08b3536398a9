import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { shake128 } from '@noble/hashes/sha3.js'
import type { CryptoPlane } from '../contract/crypto.ts'
import { fromBase64, toBase64, toHex, type Finding } from './finding.ts'

/**
 * Accumulated vectors after C2SP/CCTV: one hash over the outputs of many pseudo-random cases.
 * The ML-KEM value is the one for final FIPS 203; CCTV's README still lists the draft's.
 */
export const accumulatedHashes = {
  cases: 100,
  'ML-DSA-65': '8358a1843220194417cadbc2651295cd8fc65125b5a5c1a239a16dc8b57ca199',
  'ML-KEM-768': '8d65b902f28edc683cebee2872962fd165a4d197c9e24ec74caa4470270df0b7',
} as const

/** CCTV's procedure: seeds are read from SHAKE128 of nothing, outputs absorbed into a second SHAKE128. */
function streams() {
  const source = shake128.create()
  const sink = shake128.create()
  return {
    read: (count: number): Uint8Array => source.xof(count),
    absorb: (bytes: Uint8Array): void => void sink.update(bytes),
    hash: (): string => toHex(sink.xof(32)),
  }
}

/**
 * Makes every case with the oracle and asks the target for the same: ML-DSA-65 public keys and the verdict on the
 * deterministic signature. Two hashes come out: the oracle's, and the one with the target's public keys in it.
 */
export async function* accumulatedSignatures(crypto: CryptoPlane): AsyncGenerator<Finding> {
  const oracle = streams()
  const target = streams()
  let verified = 0
  for (let index = 0; index < accumulatedHashes.cases; index += 1) {
    const seed = oracle.read(32)
    const pair = ml_dsa65.keygen(seed)
    const signature = ml_dsa65.sign(new Uint8Array(), pair.secretKey, { extraEntropy: false })
    const key = await crypto.signingKey({ seed: toBase64(seed) })
    const publicKey = key.ok ? fromBase64(key.value.publicKey) : new Uint8Array()
    const verdict = await crypto.verify({
      publicKey: toBase64(publicKey),
      message: '',
      signature: toBase64(signature),
    })
    if (verdict.ok && verdict.value.valid) verified += 1
    oracle.absorb(pair.publicKey)
    oracle.absorb(signature)
    target.absorb(publicKey)
    target.absorb(signature)
  }
  const expected = accumulatedHashes['ML-DSA-65']
  yield equal('oracle accumulates ML-DSA-65 over 100 cases', oracle.hash(), expected)
  yield equal('target accumulates ML-DSA-65 over 100 cases', target.hash(), expected)
  yield equal('target verifies the 100 accumulated signatures', String(verified), String(accumulatedHashes.cases))
}

/** The same for ML-KEM-768: the target's keys and secrets stand in the hash where the contract shows them. */
export async function* accumulatedSecrets(crypto: CryptoPlane): AsyncGenerator<Finding> {
  const oracle = streams()
  const target = streams()
  for (let index = 0; index < accumulatedHashes.cases; index += 1) {
    const seed = oracle.read(64)
    const message = oracle.read(32)
    const foreign = oracle.read(1_088)
    const pair = ml_kem768.keygen(seed)
    const made = ml_kem768.encapsulate(pair.publicKey, message)
    for (const bytes of [
      pair.publicKey,
      pair.secretKey,
      made.cipherText,
      made.sharedSecret,
      ml_kem768.decapsulate(foreign, pair.secretKey),
    ]) {
      oracle.absorb(bytes)
    }
    const key = await crypto.kemKey({ seed: toBase64(seed) })
    // The expanded decapsulation key and the seeded ciphertext never leave a target: the oracle's stand in for them.
    target.absorb(key.ok ? fromBase64(key.value.encapsulationKey) : new Uint8Array())
    target.absorb(pair.secretKey)
    target.absorb(made.cipherText)
    target.absorb(await secretOf(crypto, seed, made.cipherText))
    target.absorb(await secretOf(crypto, seed, foreign))
  }
  const expected = accumulatedHashes['ML-KEM-768']
  yield equal('oracle accumulates ML-KEM-768 over 100 cases', oracle.hash(), expected)
  yield equal('target accumulates ML-KEM-768 over 100 cases', target.hash(), expected)
}

async function secretOf(crypto: CryptoPlane, seed: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array> {
  const answer = await crypto.decapsulate({ seed: toBase64(seed), ciphertext: toBase64(ciphertext) })
  return answer.ok && answer.value.sharedSecret !== undefined ? fromBase64(answer.value.sharedSecret) : new Uint8Array()
}

const equal = (check: string, seen: string, expected: string): Finding => ({ check, holds: seen === expected, seen })
