import { z } from 'zod'
import type { Bundles, JwtSvid, X509Svid } from './identity.ts'
import { indefinite, ok, type Outcome } from './outcome.ts'

const bytes = z.instanceof(Buffer)

const X509Response = z.object({
  svids: z
    .array(z.object({ spiffe_id: z.string().min(1), x509_svid: bytes, x509_svid_key: bytes, bundle: bytes }))
    .min(1),
  federated_bundles: z.record(z.string(), bytes).default({}),
})
const BundlesResponse = z.object({ bundles: z.record(z.string(), bytes) })
const JwtResponse = z.object({
  svids: z.array(z.object({ spiffe_id: z.string().min(1), svid: z.string().min(1) })).min(1),
})
const ValidationResponse = z.object({ spiffe_id: z.string().min(1), claims: z.unknown() })

/** Splits concatenated DER values into base64 strings; throws where the lengths don't add up. */
function splitDer(der: Buffer): readonly string[] {
  const parts: string[] = []
  let at = 0
  while (at < der.length) {
    const first = der[at + 1] ?? 0
    const width = first < 0x80 ? 0 : first & 0x7f
    if (width > 4 || at + 2 + width > der.length) throw new Error('not a sequence of DER values')
    const length = width === 0 ? first : der.readUIntBE(at + 2, width)
    const end = at + 2 + width + length
    if (end > der.length) throw new Error('a DER value is longer than its message')
    parts.push(der.toString('base64', at, end))
    at = end
  }
  return parts
}

/** A reader of one kind of message: what is not as the standard has it is an answer that nothing can be made of. */
const reader =
  <S extends z.ZodType, T>(name: string, schema: S, read: (message: z.output<S>) => T) =>
  (message: unknown): Outcome<T> => {
    const parsed = schema.safeParse(message)
    if (!parsed.success) return indefinite(`${name} lacks a mandatory field: ${z.prettifyError(parsed.error)}`)
    try {
      return ok(read(parsed.data))
    } catch (error) {
      return indefinite(`${name} is malformed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

const toBundles = (bundles: Readonly<Record<string, Buffer>>): Bundles =>
  Object.fromEntries(Object.entries(bundles).map(([id, der]) => [id, splitDer(der)]))

export const readX509Response = reader(
  'X509SVIDResponse',
  X509Response,
  ({ svids, federated_bundles: federated }): { readonly svids: readonly X509Svid[]; readonly federated: Bundles } => ({
    svids: svids.map((svid) => ({
      spiffeId: svid.spiffe_id,
      chain: splitDer(svid.x509_svid),
      privateKeyPkcs8: svid.x509_svid_key.toString('base64'),
      bundle: splitDer(svid.bundle),
    })),
    federated: toBundles(federated),
  }),
)

export const readBundlesResponse = reader('X509BundlesResponse', BundlesResponse, ({ bundles }) => toBundles(bundles))

export const readJwtResponse = reader('JWTSVIDResponse', JwtResponse, ({ svids }): readonly JwtSvid[] =>
  svids.map(({ spiffe_id: spiffeId, svid }) => ({ spiffeId, token: svid })),
)

export const readJwtBundles = reader(
  'JWTBundlesResponse',
  BundlesResponse,
  ({ bundles }): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(bundles).map(([id, set]) => [id, set.toString('utf8')])),
)

/** google.protobuf.Value as proto-loader reads it: the field of the kind that is set. */
const Value = z
  .object({ kind: z.string(), listValue: z.unknown().optional(), structValue: z.unknown().optional() })
  .loose()
const Fields = z.object({ fields: z.record(z.string(), z.unknown()) })
const List = z.object({ values: z.array(z.unknown()) })

function plain(value: unknown): unknown {
  const { kind, ...set } = Value.parse(value)
  if (kind === 'nullValue') return null
  if (kind === 'listValue') return List.parse(set.listValue).values.map(plain)
  if (kind === 'structValue') return plainFields(set.structValue)
  return set[kind]
}

const plainFields = (struct: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(Fields.parse(struct).fields).map(([name, value]) => [name, plain(value)]))

export const readValidation = reader('ValidateJWTSVIDResponse', ValidationResponse, (message) => ({
  spiffeId: message.spiffe_id,
  claims: plainFields(message.claims),
}))
