/** Reads what node:crypto does not tell of a certificate: extensions with their critical flags. Part of the oracle. */

type Value = { readonly type: number; readonly content: Buffer }

function* values(bytes: Buffer): Generator<Value> {
  for (let at = 0; at < bytes.length;) {
    const size = bytes[at + 1] ?? 0
    const width = size < 0x80 ? 0 : size & 0x7f
    const from = at + 2 + width
    const length = width === 0 ? size : bytes.readUIntBE(at + 2, width)
    if (from + length > bytes.length) throw new Error('the certificate is cut off')
    yield { type: bytes[at] ?? 0, content: bytes.subarray(from, from + length) }
    at = from + length
  }
}

function first(bytes: Buffer): Buffer {
  for (const { content } of values(bytes)) return content
  return Buffer.alloc(0)
}

type ReadExtension = { readonly critical: boolean; readonly value: Buffer }

/** Extensions by the hex of their identifier's DER content: `551d0f` is key usage. */
function extensionsOf(certificate: Buffer): ReadonlyMap<string, ReadExtension> {
  const found = new Map<string, ReadExtension>()
  const tbs = first(first(certificate))
  const block = [...values(tbs)].find((value) => value.type === 0xa3)
  for (const extension of values(first(block?.content ?? Buffer.alloc(0)))) {
    const [id, ...rest] = values(extension.content)
    const critical = rest.some((value) => value.type === 0x01 && value.content[0] === 0xff)
    found.set(id?.content.toString('hex') ?? '', { critical, value: rest.at(-1)?.content ?? Buffer.alloc(0) })
  }
  return found
}

export type ReadCertificate = {
  readonly version: number
  readonly subjectEmpty: boolean
  readonly uris: readonly string[]
  readonly sanCritical: boolean
  readonly cA: boolean
  /** Bit numbers of key usage; null where the extension is absent. */
  readonly keyUsage: readonly number[] | null
  readonly keyUsageCritical: boolean
  /** Hex of the purposes' identifiers; null where the extension is absent. */
  readonly purposes: readonly string[] | null
}

function bitsOf(extension: ReadExtension): readonly number[] {
  const [, ...bytes] = first(extension.value)
  return bytes.flatMap((byte, index) =>
    Array.from({ length: 8 }, (_, bit) => (byte & (0x80 >> bit) ? index * 8 + bit : -1)).filter((bit) => bit >= 0),
  )
}

/** Throws where the certificate is cut off. */
export function readCertificate(certificate: Buffer): ReadCertificate {
  const extensions = extensionsOf(certificate)
  const keyUsage = extensions.get('551d0f')
  const altName = extensions.get('551d11')
  const purposes = extensions.get('551d25')
  const constraints = extensions.get('551d13')
  const fields = [...values(first(first(certificate)))]
  const version = fields[0]?.type === 0xa0 ? (first(fields[0].content)[0] ?? 0) + 1 : 1
  return {
    version,
    subjectEmpty: fields[version === 1 ? 4 : 5]?.content.length === 0,
    uris: [...values(first(altName?.value ?? Buffer.alloc(0)))]
      .filter((value) => value.type === 0x86)
      .map((value) => value.content.toString('latin1')),
    sanCritical: altName?.critical === true,
    cA: [...values(first(constraints?.value ?? Buffer.alloc(0)))].some(
      (value) => value.type === 0x01 && value.content[0] === 0xff,
    ),
    keyUsage: keyUsage === undefined ? null : bitsOf(keyUsage),
    keyUsageCritical: keyUsage?.critical === true,
    purposes:
      purposes === undefined ? null : [...values(first(purposes.value))].map((value) => value.content.toString('hex')),
  }
}
