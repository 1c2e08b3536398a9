/**
 * Builds X.509 certificates that may break any single rule of the X.509-SVID standard. Part of the
 * oracle: it shares no code with any target, and writes DER from a plain description.
 */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

export type Key = {
  readonly kind: 'P-256' | 'ML-DSA-65'
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export const newKey = (kind: Key['kind']): Key =>
  kind === 'P-256'
    ? { kind, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
    : { kind, ...generateKeyPairSync('ml-dsa-65') }

/** Bits of key usage by their number in RFC 5280 4.2.1.3. */
export const usage = {
  digitalSignature: 0,
  keyEncipherment: 2,
  keyAgreement: 4,
  keyCertSign: 5,
  cRLSign: 6,
} as const
type Usage = keyof typeof usage

const purpose = {
  serverAuth: [0x2b, 6, 1, 5, 5, 7, 3, 1],
  clientAuth: [0x2b, 6, 1, 5, 5, 7, 3, 2],
} as const
type Purpose = keyof typeof purpose

export type CertificateSpec = {
  /** Common name; empty for an empty subject. */
  readonly subject: string
  readonly uris: readonly string[]
  readonly dnsNames: readonly string[]
  readonly sanCritical: boolean
  /** Null leaves basic constraints out. */
  readonly cA: boolean | null
  readonly pathLength: number | null
  /** Null leaves key usage out. */
  readonly keyUsage: readonly Usage[] | null
  readonly keyUsageCritical: boolean
  /** Null leaves extended key usage out. */
  readonly purposes: readonly Purpose[] | null
  readonly notBeforeS: number
  readonly notAfterS: number
  /** Adds an extension that nobody knows. */
  readonly unknownExtension: 'absent' | 'critical' | 'not critical'
}

function der(type: number, ...parts: readonly (Uint8Array | readonly number[])[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([type, ...size]), content])
}

const ecdsaWithSha256 = der(0x30, der(0x06, [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]))
const mlDsa65 = der(0x30, der(0x06, [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 0x12]))

const name = (common: string): Buffer =>
  common === '' ? der(0x30) : der(0x30, der(0x31, der(0x30, der(0x06, [0x55, 4, 3]), der(0x0c, Buffer.from(common)))))

/** `20270115080000Z` of a Unix time; X.509 wants the two-digit year for dates before 2050. */
function time(unixS: number): Buffer {
  const digits = new Date(unixS * 1_000).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return digits < '2050' ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits))
}

const extension = (id: readonly number[], critical: boolean, value: Buffer): Buffer =>
  der(0x30, der(0x06, id), ...(critical ? [der(0x01, [0xff])] : []), der(0x04, value))

function keyUsageBits(usages: readonly Usage[]): Buffer {
  const mask = usages.reduce((bits, name) => bits | (0x80 >> usage[name]), 0)
  // DER cuts trailing zero bits off a named bit list; an empty one has no bytes at all.
  if (mask === 0) return der(0x03, [0])
  const unused = Math.log2(mask & -mask)
  return der(0x03, [unused, mask])
}

function extensions(spec: CertificateSpec): readonly Buffer[] {
  const names = [
    ...spec.dnsNames.map((dns) => der(0x82, Buffer.from(dns, 'latin1'))),
    ...spec.uris.map((uri) => der(0x86, Buffer.from(uri, 'latin1'))),
  ]
  const list: Buffer[] = []
  if (spec.cA !== null) {
    const length = spec.pathLength === null ? [] : [der(0x02, [spec.pathLength])]
    list.push(extension([0x55, 0x1d, 0x13], true, der(0x30, ...(spec.cA ? [der(0x01, [0xff])] : []), ...length)))
  }
  if (spec.keyUsage !== null) {
    list.push(extension([0x55, 0x1d, 0x0f], spec.keyUsageCritical, keyUsageBits(spec.keyUsage)))
  }
  if (spec.purposes !== null) {
    const ids = spec.purposes.map((one) => der(0x06, purpose[one]))
    list.push(extension([0x55, 0x1d, 0x25], false, der(0x30, ...ids)))
  }
  if (names.length > 0) list.push(extension([0x55, 0x1d, 0x11], spec.sanCritical, der(0x30, ...names)))
  if (spec.unknownExtension !== 'absent') {
    // 1.3.6.1.4.1.32473 is set aside for examples (RFC 5612).
    const id = [0x2b, 6, 1, 4, 1, 0x81, 0xfd, 0x59, 1]
    list.push(extension(id, spec.unknownExtension === 'critical', der(0x05)))
  }
  return list
}

export type Issuer = { readonly subject: string; readonly key: Key }

let serials = 0

/** A DER certificate as described, for `key`, signed by `issuer`. */
export function buildCertificate(spec: CertificateSpec, key: Key, issuer: Issuer): Buffer {
  serials += 1
  const algorithm = issuer.key.kind === 'P-256' ? ecdsaWithSha256 : mlDsa65
  const tbs = der(
    0x30,
    der(0xa0, der(0x02, [2])),
    der(0x02, [0x5a, serials >> 16, (serials >> 8) & 0xff, serials & 0xff]),
    algorithm,
    name(issuer.subject),
    der(0x30, time(spec.notBeforeS), time(spec.notAfterS)),
    name(spec.subject),
    key.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ...extensions(spec))),
  )
  const signature = sign(issuer.key.kind === 'P-256' ? 'sha256' : null, tbs, issuer.key.privateKey)
  return der(0x30, tbs, algorithm, der(0x03, [0], signature))
}
