import { z } from 'zod'
import { route, type Port } from './route.ts'

const bytes = z.base64()

/** The target's own post-quantum primitives, reached where a suite can hold them against vectors and an oracle. All byte strings are base64. */
export const cryptoRoutes = {
  signingKey: route({
    method: 'post',
    path: '/v1/crypto/ml-dsa-65/keys',
    summary: 'Expands a 32-byte seed to an ML-DSA-65 key pair (FIPS 204 KeyGen) and answers its public key.',
    input: z.object({ seed: bytes }),
    output: z.object({ publicKey: bytes }),
  }),
  sign: route({
    method: 'post',
    path: '/v1/crypto/ml-dsa-65/sign',
    summary:
      "Signs messages with the target's own ML-DSA-65 key, or with the key of the given seed; hedged, pure mode.",
    input: z.object({
      seed: bytes.optional(),
      messages: z.array(bytes).min(1).max(512),
      context: z.string().max(255).default(''),
    }),
    output: z.object({ publicKey: bytes, signatures: z.array(bytes) }),
  }),
  verify: route({
    method: 'post',
    path: '/v1/crypto/ml-dsa-65/verify',
    summary: 'Verifies one ML-DSA-65 signature; a malformed key or signature is `valid: false`, never an error.',
    input: z.object({ publicKey: bytes, message: bytes, signature: bytes, context: bytes.optional() }),
    output: z.object({ valid: z.boolean(), verifyMs: z.number() }),
  }),
  verifyMany: route({
    method: 'post',
    path: '/v1/crypto/ml-dsa-65/verify-many',
    summary: 'Verifies many signatures under one public key; answers one verdict per message.',
    input: z.object({
      publicKey: bytes,
      messages: z.array(bytes).min(1).max(512),
      signatures: z.array(bytes).min(1).max(512),
      context: z.string().max(255).default(''),
    }),
    output: z.object({ valid: z.array(z.boolean()) }),
  }),
  kemKey: route({
    method: 'post',
    path: '/v1/crypto/ml-kem-768/keys',
    summary:
      'Expands a 64-byte seed (d ‖ z) to an ML-KEM-768 key pair (FIPS 203 KeyGen) and answers its encapsulation key.',
    input: z.object({ seed: bytes }),
    output: z.object({ encapsulationKey: bytes }),
  }),
  encapsulate: route({
    method: 'post',
    path: '/v1/crypto/ml-kem-768/encapsulate',
    summary: 'Encapsulates to a key, or refuses the key when FIPS 203 input checking fails.',
    input: z.object({ encapsulationKey: bytes }),
    output: z.object({ accepted: z.boolean(), ciphertext: bytes.optional(), sharedSecret: bytes.optional() }),
  }),
  decapsulate: route({
    method: 'post',
    path: '/v1/crypto/ml-kem-768/decapsulate',
    summary:
      'Decapsulates with the key of a 64-byte seed; a ciphertext of the wrong length is refused, any other yields a secret (implicit rejection).',
    input: z.object({ seed: bytes, ciphertext: bytes }),
    output: z.object({ accepted: z.boolean(), sharedSecret: bytes.optional() }),
  }),
} as const

export type CryptoPlane = Port<typeof cryptoRoutes>
