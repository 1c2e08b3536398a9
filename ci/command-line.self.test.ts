import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const room = mkdtempSync(join(tmpdir(), 'meshcert-command-line-'))
afterAll(() => rmSync(room, { recursive: true, force: true }))

function file(name: string, content: string): string {
  const path = join(room, name)
  writeFileSync(path, content)
  return path
}

function meshcert(...args: readonly string[]): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'ci/meshcert.mjs'), ...args], { cwd: root, stdio: 'pipe' })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.on('close', (code) => resolve({ code, said }))
  })
}

// Each would otherwise judge everything, or nothing and end 0.
test.each<[string, RegExp, readonly string[]]>([
  ['an empty filter', /names nothing/, ['gate', '--only', '']],
  ['a filter of commas', /names nothing/, ['gate', '--only', ',,']],
  ['an empty tier', /names nothing/, ['gate', '--tier', '']],
  ['an empty seed', /1 to 100 printable/, ['gate', '--seed', '']],
  ['a seed that would write to the terminal', /1 to 100 printable/, ['gate', '--seed', '\u001B[2J']],
  ['more repeats than a life has hours', /from 1 to 10000/, ['certify', '--repeat', '1e99']],
  [
    'a target that ends the process',
    /before anything was concluded/,
    ['gate', '--target', file('exits.ts', 'process.exit(0)')],
  ],
  [
    'a target that never finishes loading',
    /before anything was concluded/,
    ['gate', '--target', file('hangs.ts', 'await new Promise(() => undefined)\nexport {}')],
  ],
  ['a device instead of a bundle', /no regular file/, ['verify', '/dev/zero']],
])('%s is refused with 64 and in words', async (_name, words, args) => {
  const { code, said } = await meshcert(...args)
  expect(said).toMatch(words)
  expect(said).not.toMatch(/^\s+at /m)
  expect(code).toBe(64)
})
