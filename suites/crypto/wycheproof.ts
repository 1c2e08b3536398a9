import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'

const hex = z.string().regex(/^([0-9a-f]{2})*$/)
const result = z.enum(['valid', 'invalid'])
const common = { tcId: z.int(), comment: z.string().default(''), result, flags: z.array(z.string()).default([]) }

const signTest = z.object({
  ...common,
  /** Absent where the case gives only `mu`, for Sign_internal. */
  msg: hex.optional(),
  mu: hex.optional(),
  ctx: hex.optional(),
  /** The hedge of a randomised signature; the others are deterministic (32 zero bytes). */
  rnd: hex.optional(),
  sig: hex,
})

const file = <G extends z.ZodObject, T extends z.ZodObject>(name: string, sha256: string, group: G, test: T) => ({
  name,
  sha256,
  group,
  test,
})

/** The seven files, pinned by digest: origin and licence stand in `vectors/README.md`. */
export const vectorFiles = {
  signNoSeed: file(
    'mldsa_65_sign_noseed_test.json.gz',
    '0dedbf2481b11a34602747cecccd790472cf2829cc71abc0b19c39931cfea239',
    z.object({ privateKey: hex }),
    signTest,
  ),
  signSeed: file(
    'mldsa_65_sign_seed_test.json.gz',
    'b569273c576970f874a8840840651d5acb0581a42009ded128387f86ec8f712a',
    z.object({ privateSeed: hex, publicKey: hex.nullable() }),
    signTest,
  ),
  verify: file(
    'mldsa_65_verify_test.json.gz',
    'f1c95cb0fb89f749588ab551a184f52889137337f82e2edc6b5203921d7dd9a7',
    z.object({ publicKey: hex }),
    z.object({ ...common, msg: hex, ctx: hex.optional(), sig: hex }),
  ),
  encaps: file(
    'mlkem_768_encaps_test.json.gz',
    '37cfb6689854a5e48fa47a28d6989e9a7a2e1be51483436b4c1dc77651d0d592',
    z.object({}),
    z.object({ ...common, ek: hex, m: hex, c: hex, K: hex }),
  ),
  keygen: file(
    'mlkem_768_keygen_seed_test.json.gz',
    '3d68317677b6bb05fe78697fef8058cfcadb32a5781dd2200f6b5457c6b3639c',
    z.object({}),
    z.object({ ...common, seed: hex, ek: hex, dk: hex }),
  ),
  semiExpanded: file(
    'mlkem_768_semi_expanded_decaps_test.json.gz',
    '19c5161408845df03a0c7ed9600f77581ecb3b55ab5215f7e78208b9631a8e6f',
    z.object({}),
    z.object({ ...common, dk: hex, c: hex, K: hex.optional() }),
  ),
  combined: file(
    'mlkem_768_test.json.gz',
    '02d58c3ee97b8aa7a6c62c59528a5fcefd04b831831b4009cc800c5d80e22eb7',
    z.object({}),
    z.object({ ...common, seed: hex, ek: hex.optional(), c: hex, K: hex }),
  ),
} as const

type Files = typeof vectorFiles
export type VectorCase<F extends keyof Files> = {
  readonly group: z.output<Files[F]['group']>
  readonly test: z.output<Files[F]['test']>
}

const Document = z.object({
  numberOfTests: z.int(),
  testGroups: z.array(z.looseObject({ tests: z.array(z.unknown()) })),
})

/** Bytes of a vector file, refused unless they are the pinned ones. */
export function checkedBytes(name: string, sha256: string, bytes: Uint8Array): Uint8Array {
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== sha256) {
    throw new Error(
      `Vector file ${name} has SHA-256 ${found}, expected ${sha256}: restore it from the commit in vectors/README.md.`,
    )
  }
  return bytes
}

/** Every case of one file with the fields of its group, the file's digest checked first. */
export function vectorCases<F extends keyof Files>(key: F): readonly VectorCase<F>[] {
  const { name, sha256, group: groupSchema, test: testSchema } = vectorFiles[key]
  const bytes = checkedBytes(name, sha256, readFileSync(new URL(`./vectors/${name}`, import.meta.url)))
  const document = Document.parse(JSON.parse(gunzipSync(bytes).toString('utf8')))
  const cases = document.testGroups.flatMap((entry) => {
    const group = groupSchema.parse(entry)
    // The schemas were taken from this very key, which TypeScript can't follow through the union.
    return entry.tests.map((test) => ({ group, test: testSchema.parse(test) }) as VectorCase<F>)
  })
  if (cases.length !== document.numberOfTests) {
    throw new Error(`${name} declares ${document.numberOfTests} cases and holds ${cases.length}: restore the file.`)
  }
  return cases
}
