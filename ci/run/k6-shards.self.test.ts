import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadOf } from '../../k6/shapes.ts'
import { segmentOf } from '../../k6/schedule.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import { bucketsOf, createLatencyHistogram } from '../../suites/evidence/histogram.ts'
import type { Premise } from '../../suites/evidence/record.ts'
import { createRecorder, type Observe, type RecorderOptions } from '../../suites/evidence/recorder.ts'
import { liveP99, mergeLive, type LiveMerge } from './k6-live.ts'
import { observeShards, type ShardSums } from './k6-shards.ts'

const load = loadOf('mesh-peers', 'gate', 1 / 2)
const name = load.objectiveId
const startAtMs = 1_000

/** One generator of three: every third arrival, the third of them a hundred times slower than the others. */
function shardOf(number: number): ShardSums {
  const random = randomFrom(`shard ${number}`)
  const arrivals = Array.from({ length: load.planned }, (_, index) => index).filter((index) => index % 3 === number)
  const latencies = arrivals.map(() => random.float() * (number === 2 ? 200 : 2))
  return {
    samples: arrivals.length,
    finished: arrivals.length,
    starts: [],
    latencies,
    arrivals,
    startsMs: [startAtMs + number],
  }
}

const sampleRecorderOptions: Omit<RecorderOptions, 'directory' | 'stage'> = {
  requirement: 'LOAD-SPAWN',
  planSha256: '0'.repeat(64),
  tier: 'processes',
  scope: 'compressed',
  target: { name: 'reference', version: '1', capabilities: ['mesh'], details: {} },
  defect: null,
  variant: null,
  seed: 'seed',
  startedAt: '2026-11-20T00:00:00.000Z',
}
const ending = { tookMs: 12, aborted: null, notApplicable: null, eventLogHashes: [] }
const shards = [0, 1, 2].map(shardOf)

/** What a generator says of some latencies, one line for each second, from the histogram of the evidence. */
function linesOf(latencies: readonly number[], seconds = 3): readonly string[] {
  return Array.from({ length: seconds }, (_, second) => {
    const part = latencies.filter((__, index) => index % seconds === second)
    const histogram = createLatencyHistogram([])
    for (const ms of part) histogram.record(ms)
    const cells = Object.fromEntries(
      bucketsOf(histogram.observation(name)).map(({ upToMs, count }) => [String(Math.round(upToMs * 1_000)), count]),
    )
    const counts = { finished: part.length, failures: 0, checksFailed: 0, dropped: 0 }
    return `live ${JSON.stringify({ atMs: startAtMs + (second + 1) * 1_000, ...counts, cells: { [name]: cells } })}`
  })
}

function liveOf(own: readonly ShardSums[], say: (line: string) => void = () => undefined): LiveMerge {
  const live = mergeLive({ generators: own.length, name, startAtMs }, say)
  const lines = own.map(({ latencies }) => linesOf(latencies))
  for (let second = 0; second < 3; second += 1)
    for (const [number, said] of lines.entries()) live.take(number, said[second] ?? '')
  return live
}

function observed(own: readonly ShardSums[], live: LiveMerge) {
  const failed: string[] = []
  const counts = new Map<string, number>()
  const premises: Premise[] = []
  const observe: Pick<Observe, 'check' | 'count' | 'premise'> = {
    check: (check, holds) => void (holds || failed.push(check)),
    count: (of, _unit, value) => void counts.set(of, value),
    premise: (premise) => void premises.push(premise),
  }
  observeShards(observe as Observe, { load, live, shards: own })
  return { failed, counts, premises }
}

test('a load that was merged exactly has nothing to complain of', () => {
  const { failed, premises } = observed(shards, liveOf(shards))
  expect(failed).toEqual([])
  expect(premises).toMatchObject([{ measured: 2, limit: 250 }])
})

test('three generators add up to what one would have told of all their samples, cell by cell', () => {
  const whole: ShardSums = { ...shardOf(0), latencies: shards.flatMap(({ latencies }) => latencies) }
  const cells = (own: readonly ShardSums[]) =>
    [...(liveOf(own).total().latencies.get(name) ?? [])].toSorted((one, other) => one.upToMs - other.upToMs)
  expect(cells(shards)).toEqual(cells([whole]))
  expect(cells(shards).reduce((sum, { count }) => sum + count, 0)).toBe(load.planned)
  for (const rank of [0.5, 0.95, 0.99]) {
    const sorted = whole.latencies.toSorted((one, other) => one - other)
    const raw = sorted[Math.ceil(rank * sorted.length) - 1] ?? 0
    let left = Math.ceil(rank * sorted.length)
    const cell = cells(shards).find(({ count }) => (left -= count) <= 0)
    expect(Math.abs((cell?.upToMs ?? 0) - raw)).toBeLessThanOrEqual(raw / 500)
  }
})

test('the mean of the p99s is another number, and the evidence shows how far off it would be', () => {
  const { counts } = observed(shards, liveOf(shards))
  const [right = 0, wrong = 0] = ['p99 of all samples', "mean of the generators' p99, which is no p99"].map((of) =>
    counts.get(of),
  )
  expect(right).toBeGreaterThan(150)
  expect(wrong).toBeLessThan(right / 2)
})

test('a merge that averages p99s is found out', () => {
  const live = liveOf(shards)
  const means = shards.map((shard) => liveP99(liveOf([shard]).total(), name) ?? 0)
  const mean = means.reduce((sum, ms) => sum + ms, 0) / means.length
  const averaged: LiveMerge = {
    ...live,
    total: () => ({ ...live.total(), latencies: new Map([[name, [{ upToMs: mean, count: load.planned }]]]) }),
  }
  expect(observed(shards, averaged).failed).toContain('merged p99 is the p99 of all raw samples')
})

test.each<[string, (shard: ShardSums) => ShardSums]>([
  ['no arrival is lost between generators', (shard) => ({ ...shard, arrivals: shard.arrivals.slice(1) })],
  ['no arrival is offered twice', (shard) => ({ ...shard, arrivals: [...shard.arrivals, 0] })],
  ['generator 2 has its part', (shard) => ({ ...shard, arrivals: [] })],
])('%s: broken by one generator, it is red', (check, spoil) => {
  const spoilt = shards.map((shard, number) => (number === 1 ? spoil(shard) : shard))
  expect(observed(spoilt, liveOf(shards)).failed).toContain(check)
})

test('a generator that drops samples from its live lines is found out by the raw ones', () => {
  const thinned = shards.map((shard) => ({ ...shard, latencies: shard.latencies.slice(2) }))
  expect(observed(shards, liveOf(thinned)).failed).toEqual(
    expect.arrayContaining(['merged histograms hold every raw sample', 'live metrics told of every arrival']),
  )
})

test('generators that were silent while they ran are red, late starters break the premise', () => {
  const silent = mergeLive({ generators: 3, name, startAtMs }, () => undefined)
  expect(observed(shards, silent).failed).toContain('metrics came while the load ran')
  const late = shards.map((shard, number) => ({ ...shard, startsMs: [number * 400] }))
  expect(observed(late, liveOf(shards)).premises).toMatchObject([{ measured: 800, limit: 250 }])
})

test('lines that tell of nothing, or come when the load is over, are silence', () => {
  const idle = `live ${JSON.stringify({ atMs: 0, finished: 0, failures: 0, checksFailed: 0, dropped: 0, cells: {} })}`
  const atTheEnd = (line: string): string =>
    line.replace(/"atMs":\d+/, `"atMs":${startAtMs + load.seconds * 1_000 + 300}`)
  const late = mergeLive({ generators: 3, name, startAtMs }, () => undefined)
  for (const [number, { latencies }] of shards.entries()) {
    for (let second = 0; second < 4; second += 1) late.take(number, idle)
    for (const line of linesOf(latencies)) late.take(number, atTheEnd(line))
  }
  expect(observed(shards, late).failed).toEqual(shards.map(() => 'metrics came while the load ran'))
})

test('a generator without any sample is told by its checks, in a record that can be stored', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'meshcert-shards-'))
  const dead: ShardSums = { samples: 0, finished: 0, starts: [], latencies: [], arrivals: [], startsMs: [] }
  for (const [stage, own] of (
    [
      [dead, dead, dead],
      [...shards.slice(0, 2), dead],
    ] as const
  ).entries()) {
    const recorder = createRecorder({ ...sampleRecorderOptions, directory, stage: stage === 0 ? 0 : 1 })
    observeShards(recorder.observe, { load, live: liveOf(own), shards: own })
    const { premises, observations } = await recorder.finish(ending)
    expect(premises).toMatchObject([{ claim: 'schedule lag p99', measured: Number.MAX_VALUE }])
    const failed = observations.flatMap((one) => (one.type === 'checks' ? one.failed.map(({ check }) => check) : []))
    expect(failed).toContain('generator 3 has its part')
    if (stage === 0) expect(failed).toContain('merged p99 is the p99 of all raw samples')
    const counters = observations.flatMap((one) => (one.type === 'counter' ? [one.name] : []))
    expect(counters).toHaveLength(stage === 0 ? 0 : 2)
  }
  await rm(directory, { recursive: true })
})

test('lines are added up by the second in which they came, however many idle ones a generator has said before', () => {
  const said: string[] = []
  const live = mergeLive({ generators: 2, name, startAtMs }, (line) => said.push(line))
  const lineAt = (atMs: number, finished: number): string =>
    `live ${JSON.stringify({ atMs, finished, failures: 0, checksFailed: 0, dropped: 0, cells: {} })}`
  for (const [number, atMs, finished] of [
    [0, -2_500, 0],
    [0, -1_500, 0],
    [0, 1_500, 10],
    [1, 1_700, 20],
    [0, 2_500, 11],
    [1, 2_700, 21],
  ] as const)
    live.take(number, lineAt(atMs, finished))
  expect(said).toEqual(['30/s, p99 –, 0 errors', '32/s, p99 –, 0 errors'])
})

test('progress is told once every generator has told of a second, with rate, p99 and errors', () => {
  const said: string[] = []
  liveOf(shards, (line) => said.push(line))
  expect(said).toHaveLength(3)
  expect(said[0]).toMatch(/^60\/s, p99 1\d\d\.\d ms, 0 errors$/)
  const waiting: string[] = []
  const live = mergeLive({ generators: 2, name, startAtMs }, (line) => waiting.push(line))
  live.take(0, linesOf([1, 2, 3])[0] ?? '')
  live.take(0, 'some other line of k6')
  expect(waiting).toEqual([])
})

test('a line that a killed generator could not finish is left out, and missed', () => {
  const live = mergeLive({ generators: 3, name, startAtMs }, () => undefined)
  for (const [number, { latencies }] of shards.entries())
    for (const [second, line] of linesOf(latencies).entries())
      live.take(number, number === 2 && second === 2 ? line.slice(0, 30) : line)
  expect(observed(shards, live).failed).toEqual(
    expect.arrayContaining(['merged histograms hold every raw sample', 'live metrics told of every arrival']),
  )
})

test('segments of a sequence cover the whole and nothing twice', () => {
  expect([1, 2, 3].map((number) => segmentOf({ number, of: 3 }))).toEqual(
    ['0:1/3', '1/3:2/3', '2/3:1'].map((executionSegment) => ({
      executionSegment,
      executionSegmentSequence: '0,1/3,2/3,1',
    })),
  )
  expect(segmentOf({ number: 1, of: 1 })).toEqual({})
})
