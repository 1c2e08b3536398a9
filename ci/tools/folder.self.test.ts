import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openKeys } from '../bundle/keys.ts'
import { makeFolder } from './folder.ts'

const room = mkdtempSync(join(tmpdir(), 'meshcert-folder-'))
afterAll(() => rmSync(room, { recursive: true, force: true }))

test('a folder is made with those above it, and may be there already', () => {
  const deep = join(room, 'a', 'b', 'c')
  makeFolder(deep, 0o700)
  makeFolder(deep)
  expect(statSync(deep).mode & 0o777).toBe(0o700)
})

test('a home that has no place for a folder ends at once with what to do', async () => {
  // Node's recursive mkdir never comes back from here.
  expect(() => makeFolder('/proc/self/a/b')).toThrow(/ENOENT|EACCES/)
  await expect(openKeys('/proc/self/a/keys')).rejects.toThrow(/keys can't be kept in .*Set XDG_CONFIG_HOME/s)
})
