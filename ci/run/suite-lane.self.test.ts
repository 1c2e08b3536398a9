import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { brokenParts } from './suite-lane.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const room = mkdtempSync(join(tmpdir(), 'meshcert-lane-'))
symlinkSync(join(root, 'node_modules'), join(room, 'node_modules'))
afterAll(() => rmSync(room, { recursive: true, force: true }))

/** What the lane makes of one test file with this body, and what its log gets. */
function lane(name: string, body: string): { readonly parts: readonly string[]; readonly log: string } {
  const [file, report] = [join(room, `${name}.test.ts`), join(room, `${name}.json`)]
  writeFileSync(file, `import { test } from 'vitest'\n${body}\n`)
  const reporters = ['--reporter=json', `--outputFile.json=${report}`, `--reporter=${root}/ci/run/stray-errors.ts`]
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const { status, stderr } = spawnSync(process.execPath, [vitest, 'run', '--root', room, ...reporters, file], {
    cwd: room,
    encoding: 'utf8',
  })
  return { parts: brokenParts(report, status), log: stderr }
}

test('an error outside of a test is a defect of the suite, although every test passed', () => {
  const { parts, log } = lane(
    'stray',
    "test('a', async () => { setTimeout(() => { throw new Error('lost') }); await new Promise((end) => setTimeout(end, 50)) })",
  )
  expect(parts).toEqual([expect.stringContaining('Vitest ended 1 although no test failed')])
  expect(log).toContain('error outside of a test: Error: lost')
})

test('a verdict is told by the evidence; any other error and a file that can not be loaded are defects', () => {
  expect(lane('verdict', "test('a', () => { throw new Error('FAIL: too slow') })").parts).toEqual([])
  expect(lane('green', "test('a', () => undefined)").parts).toEqual([])
  expect(lane('other', "test('a', () => { throw new Error('no such port') })").parts).toEqual([
    'a: Error: no such port',
  ])
  expect(lane('broken', "throw new Error('can not load')").parts).toEqual([expect.stringContaining('can not load')])
  expect(brokenParts(join(room, 'none.json'), null)).toEqual(['Vitest wrote no report: see the log of this lane.'])
})
