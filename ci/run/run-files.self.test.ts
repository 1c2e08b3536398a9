import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { overlapBytes, readRunPieces } from './run-files.ts'

const pieceBytes = 1 << 20
const secret = 'hush-hush'
let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pieces-'))
  mkdirSync(join(directory, 'k6'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** Three pieces of nothing, with the secret across the end of the first. */
function withSecretAt(offset: number): Buffer {
  const bytes = Buffer.alloc(3 * pieceBytes, '.')
  bytes.write(secret, offset)
  return bytes
}

async function look() {
  const seen: { name: string; size: number | null; shows: boolean }[] = []
  for await (const { name, bytes } of readRunPieces(directory))
    seen.push({ name, size: bytes?.length ?? null, shows: bytes !== null && Buffer.from(bytes).includes(secret) })
  return seen
}

test('a text across the border of two pieces is whole in one of them, packed or not, and no piece is large', async () => {
  for (const before of [1, 5, secret.length]) {
    const bytes = withSecretAt(pieceBytes - before)
    writeFileSync(join(directory, 'k6', 'plain.json'), bytes)
    writeFileSync(join(directory, 'k6', 'packed.json.gz'), gzipSync(bytes, { level: 1 }))
    const seen = await look()
    for (const name of ['k6/plain.json', 'k6/packed.json.gz'])
      expect(seen.filter((one) => one.name === name && one.shows).length).toBeGreaterThan(0)
    expect(Math.max(...seen.map(({ size }) => size ?? 0))).toBeLessThanOrEqual(pieceBytes + overlapBytes + 65_536)
  }
})

test('of a file that is cut short what can be read is shown, and then that it is no more', async () => {
  const packed = gzipSync(withSecretAt(7), { level: 1 })
  writeFileSync(join(directory, 'cut.json.gz'), packed.subarray(0, packed.length - 20))
  const seen = await look()
  expect(seen.some(({ shows }) => shows)).toBe(true)
  expect(seen.at(-1)).toEqual({ name: 'cut.json.gz', size: null, shows: false })
})
