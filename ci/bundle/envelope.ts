import { sign, verify } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '../../suites/evidence/digest.ts'
import { algorithms, keyIdOf, type SigningKeys, type VerifyingKey } from './keys.ts'

export const payloadType = 'application/vnd.in-toto+json'

const Envelope = z.strictObject({
  payloadType: z.literal(payloadType),
  payload: z.base64(),
  signatures: z.array(z.strictObject({ keyid: z.string(), sig: z.base64() })),
})

/** Pre-authentication encoding of DSSE 1.0.2: what is signed is type and bytes, each with its length. */
export function preAuthEncoding(type: string, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `), body])
}

/** A statement in its DSSE envelope, signed by both keys in this order: Ed25519, ML-DSA-65. */
export function seal(statement: unknown, keys: SigningKeys): string {
  const body = Buffer.from(canonicalJson(statement))
  const message = preAuthEncoding(payloadType, body)
  const signatures = algorithms.map((algorithm) => ({
    keyid: keyIdOf(keys[algorithm]),
    sig: sign(null, message, keys[algorithm]).toString('base64'),
  }))
  return canonicalJson({ payloadType, payload: body.toString('base64'), signatures })
}

export type Opened = { readonly statement: unknown; readonly problems: readonly string[] }

/** Checks an envelope to the last byte and both its signatures; what is wrong is told, the first thing first. */
export function open(text: string, keys: readonly VerifyingKey[]): Opened {
  let envelope: z.infer<typeof Envelope>
  let statement: unknown
  try {
    envelope = Envelope.parse(JSON.parse(text))
    statement = JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8'))
  } catch {
    return { statement: null, problems: ['is no signed statement: it was changed'] }
  }
  const body = Buffer.from(envelope.payload, 'base64')
  const again = canonicalJson({
    ...envelope,
    payload: body.toString('base64'),
    signatures: envelope.signatures.map(({ keyid, sig }) => ({
      keyid,
      sig: Buffer.from(sig, 'base64').toString('base64'),
    })),
  })
  const problems: string[] = []
  if (again !== text) problems.push('is not in canonical form: it was changed')
  const message = preAuthEncoding(envelope.payloadType, body)
  for (const [index, algorithm] of algorithms.entries()) {
    const signature = envelope.signatures[index]
    const key = keys.find((candidate) => candidate.algorithm === algorithm)
    if (signature === undefined) problems.push(`has no ${algorithm} signature; both are required`)
    else if (key === undefined) problems.push(`the ${algorithm} key of its signer is missing`)
    else if (signature.keyid !== key.id) problems.push(`its ${algorithm} signature is by another key than the bundle's`)
    else if (!verify(null, message, key.key, Buffer.from(signature.sig, 'base64')))
      problems.push(`its ${algorithm} signature is wrong`)
  }
  if (envelope.signatures.length > algorithms.length) problems.push('has signatures that nobody asked for')
  return { statement, problems }
}
