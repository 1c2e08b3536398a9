/**
 * From what k6 left behind to observations: raw samples, summary and end. Nothing is judged here.
 * What k6 thought of its thresholds and its exit code are facts beside the samples.
 */
import { sla } from '../../sla.config.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import type { Load } from '../../k6/schedule.ts'
import { metricNames } from '../../k6/thresholds.ts'
import { observeCourse } from './k6-course.ts'
import type { LiveMerge } from './k6-live.ts'
import { readSamples, type K6End, type K6Sample, type K6Summary } from './k6-samples.ts'
import { observeShards, type ShardSums } from './k6-shards.ts'

/** What one generator process left behind. */
type K6Shard = { readonly samplesFile: string; readonly summary: K6Summary; readonly end: K6End }

export type K6Outcome = {
  readonly load: Load
  /** Minutes of one judged window; undefined where the promise holds over the whole stretch. */
  readonly windowMin: number | undefined
  /** One for each generator of the load. */
  readonly shards: readonly K6Shard[]
  /** What they said while they ran. */
  readonly live: LiveMerge
  /** Of the machine that they all run on. */
  readonly machineCores: number
  /** Told of each rate that was counted, of those that no promise judges too. */
  readonly say?: (line: string) => void
  /** Gets every raw sample of our own metrics. */
  readonly each?: (sample: K6Sample) => void
}

/** What k6 says when it ran to its end, with or without crossed thresholds; everything else is no measurement. */
const ranToItsEnd = [0, 99]

/** Whole seconds of a throughput promise, by its name. */
type Units = Map<string, number[]>

const noSums = (): ShardSums => ({ samples: 0, finished: 0, starts: [], latencies: [], arrivals: [], startsMs: [] })

/** Why a record is not complete, and the place among the shards of the generator whose log tells more. */
type Incomplete = { readonly why: string; readonly shard: number }

/** Records everything. Returns why the record is not complete, null if it is. */
export async function observeK6(observe: Observe, outcome: K6Outcome): Promise<Incomplete | null> {
  const { load, shards, live } = outcome
  const nameOf = namer(outcome)
  const units: Units = new Map()
  const measured: { readonly shard: K6Shard; readonly sums: ShardSums }[] = []
  for (const shard of shards) {
    const sums = noSums()
    for await (const sample of readSamples(shard.samplesFile)) {
      outcome.each?.(sample)
      if (sample.metric === metricNames.units) countUnit(units, sample)
      else observeSample(observe, sums, sample, { nameOf, load })
    }
    const part = load.part === null ? '' : `:${load.part}`
    observeEnd(observe, shard, shards.length === 1 ? part : `${part}:${measured.length + 1}`)
    measured.push({ shard, sums })
  }
  const starts = measured.flatMap(({ sums }) => sums.starts)
  observeCourse(observe, { load, starts, hurried: shards.every(({ end }) => end.realTime) })
  observePremises(observe, outcome, measured)
  observeUnits(observe, units, outcome.say ?? (() => undefined))
  if (shards.length > 1) observeShards(observe, { load, live, shards: measured.map(({ sums }) => sums) })
  const incomplete = measured.flatMap(({ shard, sums }, place): Incomplete[] => {
    const why = incompleteness(shard, sums)
    return why === null ? [] : [{ why, shard: place }]
  })
  return incomplete[0] ?? null
}

/** A promise that holds in every window is judged window by window: `id:1`, `id:2`, … A remainder belongs to the last whole one. A shape with a part of its own has no windows. */
function namer({ load, windowMin }: K6Outcome): (name: string, atMs: number) => string {
  const { objectiveId, part } = load
  if (part !== null) return (name) => (name === objectiveId ? `${name}:${part}` : name)
  const windows = windowMin === undefined ? 0 : Math.floor(load.seconds / (windowMin * 60))
  if (windowMin === undefined || windows < 2) return (name) => name
  let firstMs: number | undefined
  return (name, atMs) => {
    firstMs ??= atMs
    const window = Math.min(windows, 1 + Math.floor((atMs - firstMs) / (windowMin * 60_000)))
    return name === objectiveId ? `${name}:${window}` : name
  }
}

function observeSample(
  observe: Observe,
  sums: ShardSums,
  { metric, value, tags, atMs, arrival }: K6Sample,
  { nameOf, load }: { readonly nameOf: (name: string, atMs: number) => string; readonly load: Load },
): void {
  const name = tags['name'] ?? 'unnamed'
  if (metric === metricNames.duration) {
    observe.duration(nameOf(name, atMs), value)
    if (name === load.objectiveId) sums.latencies.push(value)
  } else if (metric === metricNames.started && arrival !== null) sums.starts.push({ index: arrival, afterMs: value })
  else if (metric === metricNames.arrival) sums.arrivals.push(value)
  else if (metric === metricNames.scenarioStart) sums.startsMs.push(value)
  else if (metric === metricNames.check) observe.check(name, value === 1, tags['seen'] ?? 'no more was said')
  else if (metric === metricNames.failure) observe.failure(tags['definite'] === 'true')
  else if (metric === metricNames.samples) sums.samples += value
  else if (metric === metricNames.finished) sums.finished += value
}

function countUnit(units: Units, { value, tags }: K6Sample): void {
  const { name = 'unnamed', second = '', of = '' } = tags
  const counts = units.get(name) ?? Array.from({ length: Number(of) }, () => 0)
  units.set(name, counts)
  counts[Number(second)] = (counts[Number(second)] ?? 0) + value
}

function observeUnits(observe: Observe, units: Units, say: (line: string) => void): void {
  for (const [name, counts] of units) {
    const total = counts.reduce((sum, count) => sum + count, 0)
    observe.count(name, '1', total, counts.length, counts)
    const rate = Math.round(total / counts.length)
    say(`${name}: ${rate}/s over ${counts.length} s, slowest second ${Math.min(...counts)}`)
  }
}

const valueOf = (summary: K6Summary, metric: string, key: string): number | null =>
  summary.metrics[metric]?.values[key] ?? null

function observeEnd(observe: Observe, { summary, end }: K6Shard, generator: string): void {
  const crossed = Object.values(summary.metrics)
    .flatMap(({ thresholds }) => Object.values(thresholds ?? {}))
    .filter(({ ok }) => !ok)
  observe.count(`k6 exit code${generator}`, 'code', end.exitCode, end.wallS)
  observe.count(`k6 thresholds crossed${generator}`, 'thresholds', crossed.length, end.wallS)
  observe.count(`k6 CPU${generator}`, 's', end.cpuS, end.wallS)
  observe.count(`k6 memory${generator}`, 'KiB', end.maxRssKiB, end.wallS)
}

type Measured = readonly { readonly shard: K6Shard; readonly sums: ShardSums }[]

function observePremises(observe: Observe, outcome: K6Outcome, measured: Measured): void {
  const { load, shards } = outcome
  const known = shards.map(({ summary }) => valueOf(summary, 'dropped_iterations', 'count'))
  const dropped = known.reduce<number>((sum, count) => sum + (count ?? load.planned), 0)
  const finished = measured.reduce((sum, { sums }) => sum + sums.finished, 0)
  observe.premise({
    claim: 'dropped iterations',
    // An arrival that never came to its end is in no sample, whatever k6 calls it.
    measured: Math.max(dropped, load.planned - finished),
    limit: sla.premises.droppedIterations,
    unit: 'iterations',
    noise: true,
    detail: `${load.planned} planned, ${finished} finished, ${dropped} dropped by k6, ${load.vus} users`,
  })
  observeHeadroom(observe, outcome)
}

/** A process is late when its own core is full, and all of them are when the machine is: neither may be used beyond the share. */
function observeHeadroom(observe: Observe, { shards, machineCores }: K6Outcome): void {
  // No reading is no headroom: teardown did not run.
  const used = shards.map(({ summary }) => valueOf(summary, metricNames.cores, 'value') ?? Number.MAX_VALUE)
  const share = sla.premises.generatorCores
  const premise = { claim: 'generator headroom', unit: 'cores', noise: true } as const
  const detail = 'user and system time of k6 between setup and teardown'
  observe.premise({ ...premise, measured: Math.max(...used), limit: share, detail })
  if (used.length === 1) return
  observe.premise({
    ...premise,
    measured: Math.min(
      Number.MAX_VALUE,
      used.reduce((sum, cores) => sum + cores, 0),
    ),
    limit: share * machineCores,
    detail: `${detail}, ${used.length} generators together on ${machineCores} cores`,
  })
}

function incompleteness({ summary, end }: K6Shard, sums: ShardSums): string | null {
  if (!ranToItsEnd.includes(end.exitCode)) return `k6 ended with ${end.exitCode}`
  const iterations = valueOf(summary, 'iterations', 'count') ?? 0
  if (iterations === 0) return 'k6 ran no iteration'
  const thrown = iterations - sums.finished
  if (thrown > 0) return `${thrown} of ${iterations} iterations ended with an exception`
  const told = valueOf(summary, metricNames.samples, 'count') ?? 0
  return told === sums.samples ? null : `k6 counted ${told} samples, its raw output holds ${sums.samples}`
}
