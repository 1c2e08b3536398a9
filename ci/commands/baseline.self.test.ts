import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { filesOf, planOf } from '../bundle/sample-baseline.ts'
import { baselineFile, storedComparison } from '../run/comparison.ts'
import { keepBaseline } from './bundle.ts'

let root = ''
const said: string[] = []

async function writeRun(name: string, files: ReturnType<typeof filesOf>): Promise<void> {
  for (const [file, bytes] of files) {
    const path = join(root, '.evidence', name, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, bytes)
  }
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'meshcert-baseline-'))
  vi.stubEnv('XDG_CONFIG_HOME', join(root, 'config'))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  await writeRun('first', filesOf(planOf({ run: 'first' })))
  await writeRun('second', filesOf(planOf({ run: 'second' })))
  await writeRun('spoiled', filesOf(planOf({ run: 'spoiled' }), { aborted: 'gone' }))
})
afterAll(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  return rm(root, { recursive: true, force: true })
})

test('a run is kept as the baseline of this machine, in place of an earlier one, until somebody touches it', async () => {
  expect(await storedComparison(root)).toMatchObject({ signed: null, refused: null })
  expect(await keepBaseline({ root, run: 'first' })).toBe(0)
  expect(await storedComparison(root)).toMatchObject({
    signed: await readFile(baselineFile(root), 'utf8'),
    refused: null,
  })
  expect(await keepBaseline({ root, run: 'second' })).toBe(0)
  expect(said.join('')).toMatch(
    /baseline\.json: LOAD-BASELINE of run second .*, in place of run first\n {2}2 × Made up, 8 GiB/,
  )
  const kept = await readFile(baselineFile(root), 'utf8')
  await writeFile(baselineFile(root), kept.replace(/"sig":"./, '"sig":"!'))
  const { signed, refused } = await storedComparison(root)
  expect(signed).toBeNull()
  expect(refused).toMatch(
    /the baseline \S+\.evidence\/baseline\.json: is no signed statement: it was changed\. Delete it/,
  )
})

test('what can be no baseline leaves the one that there is', async () => {
  await keepBaseline({ root, run: 'first' })
  const kept = await readFile(baselineFile(root), 'utf8')
  await expect(keepBaseline({ root, run: 'spoiled' })).rejects.toThrow(/Run spoiled can't be a baseline/)
  await expect(keepBaseline({ root, run: 'nowhere' })).rejects.toThrow(/neither a run nor a bundle/)
  expect(await readFile(baselineFile(root), 'utf8')).toBe(kept)
})

test("with other keys it is a stranger's", async () => {
  await keepBaseline({ root, run: 'first' })
  vi.stubEnv('XDG_CONFIG_HOME', join(root, 'elsewhere'))
  expect((await storedComparison(root)).refused).toMatch(/a key that is not yours: record one/)
})
