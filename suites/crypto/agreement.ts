import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import type { CryptoPlane } from '../contract/crypto.ts'
import { signingContexts } from '../contract/mesh.ts'
import type { Random } from '../contract/random.ts'
import { fromBase64, toBase64, type Finding } from './finding.ts'
import { said, verifiedByOracle } from './plane.ts'

const rounds = 16

/** Two implementations agree on fresh inputs, both ways: hedged signatures and encapsulated secrets. */
export async function* agreementFindings(crypto: CryptoPlane, random: Random): AsyncGenerator<Finding> {
  const contexts = ['', signingContexts.join, signingContexts.beacons]
  for (let index = 0; index < rounds; index += 1) {
    const context = contexts[index % contexts.length] ?? ''
    yield* signedByTarget(crypto, random, { index, context })
    yield* signedByOracle(crypto, random, { index, context })
    yield* secretsShared(crypto, random, index)
  }
}

type Round = { readonly index: number; readonly context: string }

async function* signedByTarget(crypto: CryptoPlane, random: Random, round: Round): AsyncGenerator<Finding> {
  const message = random.bytes(random.integer(0, 512))
  const twice = [toBase64(message), toBase64(message)]
  const signed = await crypto.sign({ messages: twice, context: round.context })
  const [first = '', second = ''] = signed.ok ? signed.value.signatures : []
  const publicKey = signed.ok ? signed.value.publicKey : ''
  for (const [position, signature] of [first, second].entries()) {
    const check = `oracle verifies the target's signature ${round.index}.${position}`
    yield { check, holds: verifiedByOracle({ signature, message, publicKey, ...round }), seen: said(signed) }
  }
  const check = `target's signatures are hedged ${round.index}`
  yield { check, holds: first !== '' && first !== second, seen: 'the same bytes twice' }
}

async function* signedByOracle(crypto: CryptoPlane, random: Random, round: Round): AsyncGenerator<Finding> {
  const pair = ml_dsa65.keygen(random.bytes(32))
  const message = random.bytes(random.integer(1, 512))
  const context = new TextEncoder().encode(round.context)
  const signature = ml_dsa65.sign(message, pair.secretKey, { context, extraEntropy: random.bytes(32) })
  const ask = (changed: { readonly message?: Uint8Array; readonly context?: Uint8Array }) =>
    crypto.verify({
      publicKey: toBase64(pair.publicKey),
      message: toBase64(changed.message ?? message),
      signature: toBase64(signature),
      context: toBase64(changed.context ?? context),
    })
  const genuine = await ask({})
  yield {
    check: `target verifies the oracle's signature ${round.index}`,
    holds: genuine.ok && genuine.value.valid,
    seen: said(genuine),
  }
  const altered = Uint8Array.from(message)
  altered[0] = (altered[0] ?? 0) ^ 1
  for (const [what, answer] of [
    ['message', await ask({ message: altered })],
    ['context', await ask({ context: new TextEncoder().encode(`${round.context}x`) })],
  ] as const) {
    const check = `target refuses the oracle's signature ${round.index} under another ${what}`
    yield { check, holds: answer.ok && !answer.value.valid, seen: said(answer) }
  }
}

async function* secretsShared(crypto: CryptoPlane, random: Random, index: number): AsyncGenerator<Finding> {
  const seed = random.bytes(64)
  const pair = ml_kem768.keygen(seed)
  const made = ml_kem768.encapsulate(pair.publicKey, random.bytes(32))
  const opened = await crypto.decapsulate({ seed: toBase64(seed), ciphertext: toBase64(made.cipherText) })
  yield {
    check: `target recovers the oracle's secret ${index}`,
    holds: opened.ok && opened.value.sharedSecret === toBase64(made.sharedSecret),
    seen: said(opened),
  }
  const sent = await crypto.encapsulate({ encapsulationKey: toBase64(pair.publicKey) })
  const { ciphertext = '', sharedSecret = '' } = sent.ok ? sent.value : {}
  const recovered = ciphertext === '' ? '' : toBase64(ml_kem768.decapsulate(fromBase64(ciphertext), pair.secretKey))
  const check = `oracle recovers the target's secret ${index}`
  yield { check, holds: recovered !== '' && recovered === sharedSecret, seen: said(sent) }
}
