import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

/** Lower-case hex SHA-256. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** RFC 8785 canonical JSON, so that equal data has equal bytes and digests wherever it is computed. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined)
    throw new Error('Only JSON data has a canonical form; undefined, functions and symbols do not.')
  return text
}

export const digestOf = (value: unknown): string => sha256(canonicalJson(value))
