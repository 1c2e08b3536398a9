/** What must hold of a load that several generators offer together: nothing lost, nothing twice, merged exactly. */
import { sla } from '../../sla.config.ts'
import { nearestRank } from '../../suites/evidence/nearest-rank.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import type { Load } from '../../k6/schedule.ts'
import type { Start } from './k6-course.ts'
import { liveP99, type LiveMerge } from './k6-live.ts'

/** What one generator recorded. */
export type ShardSums = {
  samples: number
  finished: number
  readonly starts: Start[]
  /** Latencies of the judged quantity. */
  readonly latencies: number[]
  /** Numbers of its arrivals in the common schedule. */
  readonly arrivals: number[]
  readonly startsMs: number[]
}

type Shards = { readonly load: Load; readonly live: LiveMerge; readonly shards: readonly ShardSums[] }

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Ends the names of what a row has of several loads. */
const partOf = ({ part }: Load): string => (part === null ? '' : `:${part}`)

/** Arrivals 0, 1, 2, … of the common schedule that nobody offered, and those that were offered more than once. */
function gaps(arrivals: readonly number[], planned: number) {
  const seen = new Set(arrivals)
  const last = arrivals.reduce((highest, index) => Math.max(highest, index), planned - 1)
  let lost = 0
  for (let index = 0; index <= last; index += 1) if (!seen.has(index)) lost += 1
  return { lost, repeated: arrivals.length - seen.size }
}

/**
 * Checks the merge against all raw samples. The live cells come from the generators themselves and were
 * added up while they ran, the raw samples from their files: two ways that must meet in one number.
 */
export function observeShards(observe: Observe, { load, live, shards }: Shards): void {
  const { lost, repeated } = gaps(
    shards.flatMap(({ arrivals }) => arrivals),
    load.planned,
  )
  observe.check('no arrival is lost between generators', lost === 0, `${lost} of ${load.planned}`)
  observe.check('no arrival is offered twice', repeated === 0, `${repeated} arrivals`)
  for (const [index, { arrivals }] of shards.entries())
    observe.check(`generator ${index + 1} has its part`, arrivals.length > 0, 'it offered nothing')

  observeMerge(observe, { load, live, shards })
  observeSilence(observe, live, load.seconds)

  const apart = shards.flatMap(({ latencies }) => nearestRank(latencies, 0.99) ?? [])
  if (apart.length > 0) {
    const mean = sum(apart) / apart.length
    observe.count(`mean of the generators' p99, which is no p99${partOf(load)}`, 'ms', mean, load.seconds)
  }
  const starts = shards.map(({ startsMs }) => Math.min(...startsMs))
  const skewMs = Math.max(...starts) - Math.min(...starts)
  observe.premise({
    claim: 'schedule lag p99',
    // One that told of no start may have started at any time.
    measured: Number.isFinite(skewMs) ? skewMs : Number.MAX_VALUE,
    limit: sla.premises.generatorSkewMs,
    unit: 'ms between the starts of generators',
    noise: true,
    detail: `${shards.length} generators`,
  })
}

/** Without a sample there is no p99, and nothing that a merged one could equal. */
function observeMerge(observe: Observe, { load, live, shards }: Shards): void {
  const raw = shards.flatMap(({ latencies }) => latencies)
  const rawP99 = nearestRank(raw, 0.99)
  const total = live.total()
  const cells = total.latencies.get(load.objectiveId) ?? []
  const merged = liveP99(total, load.objectiveId)
  // The cell that a sample belongs to is the first that ends at or above it.
  const cellMs = rawP99 === null ? undefined : cells.find(({ upToMs }) => upToMs >= rawP99)?.upToMs
  const counted = sum(cells.map(({ count }) => count))
  observe.check(
    'merged p99 is the p99 of all raw samples',
    merged !== null && merged === cellMs,
    `merged ${merged ?? '–'} ms, raw ${rawP99 ?? '–'} ms`,
  )
  observe.check('merged histograms hold every raw sample', counted === raw.length, `${counted} of ${raw.length}`)
  const finished = sum(shards.map((shard) => shard.finished))
  observe.check('live metrics told of every arrival', total.finished === finished, `${total.finished} of ${finished}`)
  if (rawP99 !== null) observe.count(`p99 of all samples${partOf(load)}`, 'ms', rawP99, load.seconds)
}

/** Generators speak once a second; the first line may come before the first sample has. */
const silenceMaxMs = 2_500

function observeSilence(observe: Observe, live: LiveMerge, seconds: number): void {
  for (const [index, ms] of live.silencesMs(seconds).entries())
    observe.check(
      'metrics came while the load ran',
      ms <= silenceMaxMs && ms < seconds * 1_000,
      `generator ${index + 1} told of no sample for ${Math.round(ms)} of ${seconds * 1_000} ms`,
    )
}
