import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import type { CryptoPlane } from '../contract/crypto.ts'
import type { Outcome } from '../contract/outcome.ts'
import { fromBase64, fromHex, toBase64, toHex, type Finding } from './finding.ts'
import { vectorCases } from './wycheproof.ts'

const base64 = (hex: string): string => toBase64(fromHex(hex))

/** The target's ML-DSA-65 verifier against the 210 verify cases. Malformed keys and signatures are `valid: false`. */
export async function* verifyFindings(crypto: CryptoPlane): AsyncGenerator<Finding> {
  for (const { group, test } of vectorCases('verify')) {
    const answer = await crypto.verify({
      publicKey: base64(group.publicKey),
      message: base64(test.msg),
      signature: base64(test.sig),
      ...(test.ctx === undefined ? {} : { context: base64(test.ctx) }),
    })
    // A context above 255 bytes is no ML-DSA input at all, so that refusing the request is as right as `valid: false`.
    const refusable = test.flags.includes('InvalidContext')
    const holds = answer.ok
      ? answer.value.valid === (test.result === 'valid')
      : test.result === 'invalid' && refusable && answer.definite
    yield { check: `target verify tcId ${test.tcId} (${test.result})`, holds, seen: said(answer) }
  }
}

/**
 * The 105 cases with a private seed: the target expands the seed to the expected public key, and a hedged signature by
 * that key over the case's message is accepted by the oracle. The exact signature bytes can't be asked of a hedged
 * signer. `mu`-only cases check the key alone.
 */
export async function* signFindings(crypto: CryptoPlane): AsyncGenerator<Finding> {
  for (const { group, test } of vectorCases('signSeed')) {
    const seed = base64(group.privateSeed)
    const key = await crypto.signingKey({ seed })
    const check = `target sign tcId ${test.tcId} (${test.result})`
    if (group.publicKey === null) {
      yield { check: `${check}: bad seed is refused`, holds: !key.ok && key.definite, seen: said(key) }
      continue
    }
    const expected = base64(group.publicKey)
    yield { check: `${check}: public key`, holds: key.ok && key.value.publicKey === expected, seen: said(key) }
    const context = test.ctx === undefined ? '' : textOf(fromHex(test.ctx))
    if (test.msg === undefined || context === null) continue
    const signed = await crypto.sign({ seed, messages: [base64(test.msg)], context })
    const signature = signed.ok ? signed.value.signatures[0] : undefined
    if (test.result === 'invalid') {
      yield { check: `${check}: refused`, holds: !signed.ok && signed.definite, seen: said(signed) }
      continue
    }
    const holds =
      signature !== undefined &&
      verifiedByOracle({ signature, message: fromHex(test.msg), publicKey: expected, context })
    yield { check: `${check}: hedged signature verified by the oracle`, holds, seen: said(signed) }
  }
}

/** Key generation (100), combined decapsulation (193) and encapsulation-key checks (265) of ML-KEM-768. */
export async function* kemFindings(crypto: CryptoPlane): AsyncGenerator<Finding> {
  const seedOf = new Map<string, string>()
  for (const { test } of vectorCases('keygen')) {
    seedOf.set(test.ek, test.seed)
    const key = await crypto.kemKey({ seed: base64(test.seed) })
    const holds = key.ok && key.value.encapsulationKey === base64(test.ek)
    yield { check: `target keygen tcId ${test.tcId}`, holds, seen: said(key) }
  }
  for (const { test } of vectorCases('combined')) {
    if (test.ek !== undefined) seedOf.set(test.ek, test.seed)
    const answer = await crypto.decapsulate({ seed: base64(test.seed), ciphertext: base64(test.c) })
    const refused = answer.ok ? !answer.value.accepted : answer.definite
    const holds = test.result === 'valid' ? answer.ok && answer.value.sharedSecret === base64(test.K) : refused
    yield { check: `target combined tcId ${test.tcId} (${test.result})`, holds, seen: said(answer) }
  }
  for (const { test } of vectorCases('encaps')) {
    const answer = await crypto.encapsulate({ encapsulationKey: base64(test.ek) })
    const check = `target encaps tcId ${test.tcId} (${test.result})`
    const holds = answer.ok && answer.value.accepted === (test.result === 'valid')
    yield { check, holds, seen: said(answer) }
    const seed = seedOf.get(test.ek)
    if (seed === undefined || !answer.ok || !answer.value.accepted) continue
    const { ciphertext = '', sharedSecret = '' } = answer.value
    const recovered = recoveredByOracle(seed, ciphertext)
    yield { check: `${check}: secret recovered by the oracle`, holds: recovered === sharedSecret, seen: recovered }
  }
}

function recoveredByOracle(seed: string, ciphertext: string): string {
  try {
    const pair = ml_kem768.keygen(fromHex(seed))
    return toBase64(ml_kem768.decapsulate(fromBase64(ciphertext), pair.secretKey))
  } catch (error) {
    return `oracle refused the ciphertext: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Never throws: a malformed signature does not verify. All strings base64 but the context, which is text. */
export function verifiedByOracle(claim: {
  readonly signature: string
  readonly message: Uint8Array
  readonly publicKey: string
  readonly context: string
}): boolean {
  try {
    return ml_dsa65.verify(fromBase64(claim.signature), claim.message, fromBase64(claim.publicKey), {
      context: new TextEncoder().encode(claim.context),
    })
  } catch {
    return false
  }
}

/** The contract's sign verb takes its context as text; bytes that are no UTF-8 can't be asked for. */
function textOf(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes).toString('utf8')
  return toHex(Buffer.from(text, 'utf8')) === toHex(bytes) ? text : null
}

/** An answer in at most 160 characters. */
export function said(outcome: Outcome<unknown>): string {
  const text = outcome.ok
    ? JSON.stringify(outcome.value)
    : `${outcome.definite ? 'definite' : 'indefinite'} failure: ${outcome.error}`
  return text.length <= 160 ? text : `${text.slice(0, 157)}...`
}
