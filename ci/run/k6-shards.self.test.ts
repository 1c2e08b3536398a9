import { expect, test } from 'vitest'
import { loadOf } from '../../k6/shapes.ts'
import { segmentOf } from '../../k6/shapes.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import { bucketsOf, createLatencyHistogram } from '../../suites/evidence/histogram.ts'
import type { Premise } from '../../suites/evidence/record.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import type { ShardSums } from './k6-evidence.ts'
import { liveP99, mergeLive, type LiveMerge } from './k6-live.ts'
import { observeShards } from './k6-shards.ts'

const load = loadOf('mesh-peers', 'gate', 1 / 2)
const name = load.objectiveId

/** One generator of three: every third arrival, the third of them a hundred times slower than the others. */
function shardOf(number: number): ShardSums {
  const random = randomFrom(`shard ${number}`)
  const arrivals = Array.from({ length: load.planned }, (_, index) => index).filter((index) => index % 3 === number)
  const latencies = arrivals.map(() => random.float() * (number === 2 ? 200 : 2))
  return {
    samples: arrivals.length,
    finished: arrivals.length,
    lags: [],
    latencies,
    arrivals,
    startsMs: [1_000 + number],
  }
}
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
    return `live ${JSON.stringify({ atMs: second * 1_000, ...counts, cells: { [name]: cells } })}`
  })
}

function liveOf(own: readonly ShardSums[], say: (line: string) => void = () => undefined): LiveMerge {
  const live = mergeLive({ generators: own.length, name }, say)
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
  const silent = mergeLive({ generators: 3, name }, () => undefined)
  expect(observed(shards, silent).failed).toContain('metrics came while the load ran')
  const late = shards.map((shard, number) => ({ ...shard, startsMs: [number * 400] }))
  expect(observed(late, liveOf(shards)).premises).toMatchObject([{ measured: 800, limit: 250 }])
})

test('progress is told once every generator has told of a second, with rate, p99 and errors', () => {
  const said: string[] = []
  liveOf(shards, (line) => said.push(line))
  expect(said).toHaveLength(3)
  expect(said[0]).toMatch(/^60\/s, p99 1\d\d\.\d ms, 0 errors$/)
  const waiting: string[] = []
  const live = mergeLive({ generators: 2, name }, (line) => waiting.push(line))
  live.take(0, linesOf([1, 2, 3])[0] ?? '')
  live.take(0, 'some other line of k6')
  expect(waiting).toEqual([])
})

test('a line that a killed generator could not finish is left out, and missed', () => {
  const live = mergeLive({ generators: 3, name }, () => undefined)
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
