import { mkdtemp, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { writeSampleRun } from '../bundle/sample-run.ts'
import { damaged } from '../run/run-document.ts'
import { Stop } from '../run/stop.ts'
import { bundleRun } from './bundle.ts'
import { judgeRun } from './judge.ts'
import { replay } from './replay.ts'
import { report } from './report.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'meshcert-damaged-'))
  await writeSampleRun(join(root, 'run'))
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})
afterEach(() => {
  vi.restoreAllMocks()
  return rm(root, { recursive: true, force: true })
})

const verbs = {
  judge: (run: string) => judgeRun({ root, run }),
  bundle: (run: string) => bundleRun({ root, run, out: join(root, 'no.tar') }),
  report: (run: string) => report({ root, run, format: ['html'] }),
  replay: (run: string) => replay({ root, run, only: [], target: 'fixtures/target.ts' }),
}
type Ended = { readonly code: number; readonly said: string }
const ended = (work: Promise<number>): Promise<Ended> =>
  work.then(
    (code) => ({ code, said: '' }),
    (error: unknown) => {
      if (error instanceof Stop) return { code: error.exitCode, said: error.message }
      throw error
    },
  )

const history = 'histories/EVT-NOLOSS@processes-0-accepted-events-accounted.ndjson.gz'
const inRun = (file: string) => join(root, 'run', file)

test.each<[string, string, () => Promise<void>]>([
  ['a missing history', history, () => unlink(inRun(history))],
  ['a history cut short', history, () => truncate(inRun(history), 100)],
  ['a record that is no JSON', 'records/SLA-VERIFY', () => truncate(inRun('records/SLA-VERIFY@processes-0.json'), 9)],
  ['a plan that is none', 'plan.json', () => writeFile(inRun('plan.json'), '{"run":1}')],
  ['a plan cut short', 'plan.json', () => truncate(inRun('plan.json'), 100)],
])('%s ends every verb 1 and is named', async (_, file, damage) => {
  await damage()
  for (const [verb, call] of Object.entries(verbs)) {
    const { code, said } = await ended(call(join(root, 'run')))
    expect([verb, code]).toEqual([verb, 1])
    expect(said).toContain(file)
    expect(said).toMatch(/Run it again\.$/)
    expect(said).not.toMatch(/"code":|\[\n/)
  }
})

test('notes and numbers that no run writes are named', async () => {
  await writeFile(inRun('notes.json'), '{}')
  const { code, said } = await ended(verbs.judge(join(root, 'run')))
  expect([code, said]).toEqual([1, expect.stringMatching(/notes\.json is no list of sentences.*Run it again\.$/s)])
  await writeFile(inRun('notes.json'), '[]')
  const record = inRun('records/SLA-VERIFY@processes-0.json')
  await writeFile(record, (await readFile(record, 'utf8')).replace('"n":2000', '"n":1999'))
  expect(await ended(verbs.report(join(root, 'run')))).toEqual({
    code: 1,
    said: expect.stringMatching(/histogram signature-verify-latency says n = 1999.*Run it again\.$/),
  })
})

test('an error of our own is no fault of the run', () => {
  const own = new TypeError('x is not a function')
  expect(damaged('run', own)).toBe(own)
})

test('a conclusion that is none is named without raw JSON', async () => {
  await writeFile(inRun('verdict.json'), '{"schema":"other"}')
  for (const verb of ['bundle', 'report', 'replay'] as const) {
    const { code, said } = await ended(verbs[verb](join(root, 'run')))
    expect([verb, code]).toEqual([verb, 1])
    expect(said).toMatch(/verdict\.json/)
    expect(said).not.toContain('"code":')
  }
})

test('what is printed of a bundle can be used where it is read: no path climbs', async () => {
  vi.stubEnv('XDG_CONFIG_HOME', join(root, 'config'))
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  expect(await bundleRun({ root, run: join(root, 'run'), out: relative(process.cwd(), join(root, 'run.tar')) })).toBe(0)
  vi.unstubAllEnvs()
  const text = said.mock.calls.join('')
  expect(text).toContain(join(root, 'run.tar'))
  expect(text).not.toContain('..')
})

test('a run that was cut off before its conclusion is in doubt for every verb', async () => {
  await Promise.all(['verdict.json', 'notes.json'].map((file) => unlink(inRun(file))))
  for (const [verb, call] of Object.entries(verbs))
    expect([verb, (await ended(call(join(root, 'run')))).code]).toEqual([verb, 2])
})
