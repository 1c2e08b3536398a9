import { join } from 'node:path'
import { expect, test } from 'vitest'
import { goBuild, runAsChild } from './go.ts'
import { toolModules } from './module.ts'

const { folder, package: program } = toolModules.emulator

test('the network emulator of containers passes the tests of its own language', { timeout: 180_000 }, async () => {
  const lines: string[] = []
  const exitCode = await runAsChild({
    name: 'go test',
    command: 'go',
    args: ['test', program],
    cwd: join(import.meta.dirname, '../..', folder),
    env: goBuild('', program).env,
    onLine: (line) => lines.push(line),
  })
  expect(exitCode, lines.join('\n')).toBe(0)
  expect(lines.join('\n')).toMatch(/^ok\b/m)
})
