import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { fromHex, toHex, type Finding } from './finding.ts'
import { vectorCases, type VectorCase } from './wycheproof.ts'

/**
 * The independent oracle (@noble/post-quantum) against all 960 Wycheproof cases: only an oracle that
 * passes them may judge a target. `valid` cases must give the expected bytes, `invalid` ones must be refused.
 */
export function* oracleFindings(): Generator<Finding> {
  yield* judged('verify', ({ group, test }) => {
    const valid = ml_dsa65.verify(fromHex(test.sig), fromHex(test.msg), fromHex(group.publicKey), contextOf(test.ctx))
    return valid ? 'expected' : refuse('signature does not verify')
  })
  yield* judged('signSeed', ({ group, test }) =>
    compared(signed(test, ml_dsa65.keygen(fromHex(group.privateSeed)).secretKey), test.sig),
  )
  yield* judged('signNoSeed', ({ group, test }) => compared(signed(test, fromHex(group.privateKey)), test.sig))
  yield* judged('keygen', ({ test }) => {
    const pair = ml_kem768.keygen(fromHex(test.seed))
    return compared(toHex(pair.publicKey) + toHex(pair.secretKey), test.ek + test.dk)
  })
  yield* judged('combined', ({ test }) => {
    const pair = ml_kem768.keygen(fromHex(test.seed))
    const secret = toHex(ml_kem768.decapsulate(fromHex(test.c), pair.secretKey))
    const ek = toHex(pair.publicKey)
    return compared(ek + secret, (test.ek ?? ek) + test.K)
  })
  yield* judged('encaps', ({ test }) => {
    const made = ml_kem768.encapsulate(fromHex(test.ek), fromHex(test.m))
    return compared(toHex(made.cipherText) + toHex(made.sharedSecret), test.c + test.K)
  })
  yield* judged('semiExpanded', ({ test }) =>
    compared(toHex(ml_kem768.decapsulate(fromHex(test.c), fromHex(test.dk))), test.K),
  )
}

type Seen = 'expected' | 'other bytes'
const compared = (made: string, expected: string | undefined): Seen => (made === expected ? 'expected' : 'other bytes')
const refuse = (why: string): never => {
  throw new Error(why)
}
const contextOf = (ctx: string | undefined) => (ctx === undefined ? {} : { context: fromHex(ctx) })

/** Deterministic unless the case brings its own `rnd`; a case with `mu` alone is for Sign_internal. */
function signed(test: VectorCase<'signSeed'>['test'], secretKey: Uint8Array): string {
  const extraEntropy = test.rnd === undefined ? (false as const) : fromHex(test.rnd)
  if (test.msg !== undefined) {
    return toHex(ml_dsa65.sign(fromHex(test.msg), secretKey, { extraEntropy, ...contextOf(test.ctx) }))
  }
  if (test.mu === undefined) throw new Error(`Sign case ${test.tcId} has neither msg nor mu.`)
  return toHex(ml_dsa65.internal.sign(fromHex(test.mu), secretKey, { extraEntropy, externalMu: true }))
}

/** A `valid` case must give the expected bytes; an `invalid` one must be refused: other bytes are not a refusal. */
function* judged<F extends Parameters<typeof vectorCases>[0]>(
  key: F,
  attempt: (vector: VectorCase<F>) => Seen,
): Generator<Finding> {
  for (const vector of vectorCases(key)) {
    let seen: string
    let refused = false
    try {
      seen = attempt(vector)
    } catch (error) {
      refused = true
      seen = `refused: ${error instanceof Error ? error.message : String(error)}`
    }
    const { tcId, result } = vector.test
    yield {
      check: `oracle ${key} tcId ${tcId} (${result})`,
      holds: result === 'valid' ? seen === 'expected' : refused,
      seen,
    }
  }
}
