import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bucketsOf, createLatencyHistogram, mergeBuckets, rankMs } from './histogram.ts'
import { createRecorder, edgesMsOf, type Recorder, type RecorderOptions } from './recorder.ts'
import { loadEvidence } from './stored.ts'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meshcert-recorder-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const optionsIn = (place: string): RecorderOptions => ({
  directory: place,
  requirement: 'EVT-NOLOSS',
  planSha256: '0'.repeat(64),
  tier: 'processes',
  scope: 'compressed',
  stage: 0,
  target: { name: 'reference', version: '1', capabilities: ['events'], details: {} },
  defect: null,
  variant: null,
  seed: 'seed',
  startedAt: '2026-11-20T00:00:00.000Z',
})
const quoted = 1_000
const ending = { tookMs: 12, aborted: null, notApplicable: null, eventLogHashes: [] }

function fill({ observe }: Recorder): void {
  for (const ms of [1, 10, 10.0004, 12]) observe.duration('beacon-latency-100', ms)
  observe.count('sends', '1', 10, 2, [6, 4])
  observe.proportion('probes', 3, 4)
  observe.proportion('probes', 4, 4)
  observe.measure('recovery', 's', 1.5)
  observe.measure('recovery', 's', null)
  observe.check('first', true, '')
  observe.check('second', false, 'saw 3')
  observe.history('accepted-events-accounted', { type: 'posted', id: 'a', outcome: 'ok', storedAs: 'a' })
  observe.failure(true)
  observe.failure(false)
}

test('what is observed is what is stored and read again', async () => {
  const recorder = createRecorder(optionsIn(directory))
  fill(recorder)
  const written = await recorder.finish(ending)
  const { evidence, histories } = await loadEvidence(directory)
  expect(evidence).toEqual([written])
  const file = 'histories/EVT-NOLOSS@processes-0-accepted-events-accounted.ndjson.gz'
  expect(histories.get(file)).toEqual([{ type: 'posted', id: 'a', outcome: 'ok', storedAs: 'a' }])
  expect(written.observations).toMatchObject([
    { type: 'histogram', n: 4, within: { 10: 2 } },
    { type: 'series', values: [1.5], censored: 1 },
    { type: 'proportion', good: 7, total: 8 },
    { type: 'counter', value: 10, perSecond: [6, 4] },
    { type: 'checks', total: 2, failed: [{ check: 'second', seen: 'saw 3' }] },
    { type: 'history', n: 1, file },
  ])
  expect(written.failures).toEqual({ definite: 1, indefinite: 1 })
})

test('a changed history, a changed record and a missing history are refused by name', async () => {
  const recorder = createRecorder(optionsIn(directory))
  fill(recorder)
  await recorder.finish(ending)
  const history = join(directory, 'histories/EVT-NOLOSS@processes-0-accepted-events-accounted.ndjson.gz')
  const bytes = await readFile(history)
  await writeFile(history, Buffer.concat([bytes, Buffer.from([0])]))
  await expect(loadEvidence(directory)).rejects.toThrow(/histories\/EVT-NOLOSS\S+ was changed/)
  await rm(history)
  await expect(loadEvidence(directory)).rejects.toThrow(/histories\/EVT-NOLOSS\S+ is missing/)
  await writeFile(join(directory, 'records/EVT-NOLOSS@processes-0.json'), '{}')
  await expect(loadEvidence(directory)).rejects.toThrow(/records\/EVT-NOLOSS@processes-0\.json is no evidence record/)
})

test('a kept document is bound to its record: changed or missing, it is refused by name', async () => {
  const recorder = createRecorder(optionsIn(directory))
  recorder.observe.file('100 nodes host-0', 'cpuprofile', '{"nodes":[]}')
  expect(() => recorder.observe.file('100 nodes host-0', 'cpuprofile', 'again')).toThrow('give each its own name')
  const { observations } = await recorder.finish(ending)
  const name = 'files/EVT-NOLOSS@processes-0-100-nodes-host-0.cpuprofile.gz'
  expect(observations).toMatchObject([{ type: 'file', kind: 'cpuprofile', bytes: 12, file: name }])
  const file = join(directory, name)
  expect(gunzipSync(await readFile(file)).toString()).toBe('{"nodes":[]}')
  await expect(loadEvidence(directory)).resolves.toMatchObject({ evidence: [{ requirement: 'EVT-NOLOSS' }] })
  await writeFile(file, 'something else')
  await expect(loadEvidence(directory)).rejects.toThrow(/files\/EVT-NOLOSS\S+ was changed/)
  await rm(file)
  await expect(loadEvidence(directory)).rejects.toThrow(/files\/EVT-NOLOSS\S+ is missing/)
})

test('evidence is append-only', async () => {
  await createRecorder(optionsIn(directory)).finish(ending)
  await expect(createRecorder(optionsIn(directory)).finish(ending)).rejects.toThrow(/append-only/)
})

test('a disk that takes nothing is an error that names the file', async () => {
  const recorder = createRecorder(optionsIn('/dev/full'))
  fill(recorder)
  await expect(recorder.finish(ending)).rejects.toThrow(/Evidence could not be stored in \/dev\/full\//)
})

test('an impossible latency, a NaN count and a change of unit are refused', async () => {
  const { observe, finish } = createRecorder(optionsIn(directory))
  for (const ms of [-0.1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => observe.duration('beacon-latency-100', ms)).toThrow(/one clock/)
  }
  observe.measure('recovery', 's', 1)
  expect(() => observe.measure('recovery', 'ms', 1)).toThrow(/in s/)
  expect(() => observe.measure('recovery', 's', 1, 0.01)).toThrow(/of each, or of none/)
  observe.measure('detection', 's', null)
  observe.measure('detection', 's', 1, 0.01)
  expect(() => observe.measure('detection', 's', 1)).toThrow(/of each, or of none/)
  observe.count('x', '1', Number.NaN, 1)
  await expect(finish(ending)).rejects.toThrow(/observations\.3\.value/)
})

test('limits of one series are edges of one another; an unknown name has none', () => {
  expect(edgesMsOf('beacon-latency-100')).toContain(10)
  expect(edgesMsOf('holds')).toEqual([])
  expect(edgesMsOf('no such objective')).toEqual([])
})

test('a histogram never flatters and its edge counts are exact', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
      fc.array(fc.double({ min: 0.001, max: 10_000, noNaN: true }), { maxLength: 4 }),
      (values, edges) => {
        const histogram = createLatencyHistogram(edges)
        for (const value of values) histogram.record(value)
        const observation = histogram.observation('x')
        for (const edge of edges) {
          expect(observation.within[String(edge)]).toBe(values.filter((value) => value <= edge).length)
        }
        const buckets = bucketsOf(observation)
        const sorted = values.toSorted((a, b) => a - b)
        sorted.forEach((value, index) => {
          const ms = rankMs(buckets, index + 1) ?? -1
          expect(ms).toBeGreaterThanOrEqual(value)
          expect(ms).toBeLessThanOrEqual(value * 1.001 + 0.002)
        })
      },
    ),
    { seed: 1 },
  )
})

test('merged histograms rank like all samples together', () => {
  const left = createLatencyHistogram([])
  const right = createLatencyHistogram([])
  for (let ms = 1; ms <= 99; ms += 2) left.record(ms)
  for (let ms = 2; ms <= 100; ms += 2) right.record(ms)
  const merged = mergeBuckets([bucketsOf(left.observation('x')), bucketsOf(right.observation('x'))])
  expect(rankMs(merged, 50)).toBeCloseTo(50, 1)
  expect(rankMs(merged, 100)).toBeCloseTo(100, 0)
  expect(rankMs(merged, 101)).toBeUndefined()
  expect(rankMs(merged, 0)).toBeUndefined()
})

test('the first failed check that no noise can fail is quoted, however many failed before it', async () => {
  const { observe, finish } = createRecorder(optionsIn(directory))
  for (let index = 0; index <= quoted; index += 1) observe.check(`late ${index}`, false, 'late')
  for (const name of ['wrong', 'wrong again']) observe.check(name, false, 'seen', { noise: false })
  const { observations } = await finish(ending)
  const [checks] = observations.filter((one) => one.type === 'checks')
  expect(checks?.failed).toHaveLength(quoted + 1)
  expect(checks?.failed.slice(quoted)).toEqual([{ check: 'wrong', seen: 'seen', noise: false }])
  expect(checks?.failedCount).toBe(quoted + 3)
})

test('a premise that could not be measured is kept as broken', async () => {
  const { observe, finish } = createRecorder(optionsIn(directory))
  observe.premise({
    claim: 'generator headroom',
    measured: Number.NaN,
    limit: 1,
    unit: 'cores',
    noise: true,
    detail: 'x',
  })
  const { premises } = await finish(ending)
  expect(premises[0]).toMatchObject({ measured: Number.MAX_VALUE, detail: 'measured as NaN; x' })
})
