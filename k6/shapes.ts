/**
 * From a load shape of `sla.config.ts` to what k6 is asked to do. Pure: k6 and the runner load this
 * file alike, so the load that is asked for and the load that is expected are one computation.
 */
import { sla } from '../sla.config.ts'
import type { LoadShape, LoadShapeName, Objective, PlanName } from '../sla.config.ts'

type LatencyObjective = Extract<Objective, { kind: 'latency' }>

/** One run of a shape: how much, for how long, and what its samples are judged by. */
export type Load = {
  readonly shape: LoadShapeName
  readonly objectiveId: string
  /** Of the objective, where its samples are judged by themselves. */
  readonly part: string | null
  readonly objective: Pick<LatencyObjective, 'quantile' | 'limit'>
  readonly perMinute: number
  readonly seconds: number
  /** Of those, the first ones in which nothing is counted by the second. */
  readonly runUpS: number
  /** Arrivals that the schedule offers. */
  readonly planned: number
  /** How long one arrival may take from its scheduled instant; what is not there by then never counts as within. */
  readonly patienceMs: number
  /** How long the target may finish what it took in, after the last arrival has come to its end or run out of patience. */
  readonly settleMs: number
  readonly vus: number
  readonly batch: number
}

/** An outcome this many limits late says nothing that an earlier one did not say. */
const patienceLimits = 3
const patienceAtLeastMs = 2_000
const settleUsuallyS = 5

/**
 * Virtual users by Little's law: if every arrival took all of its patience, this many would be under
 * way. A slow target then makes slow samples, never dropped iterations, which would excuse it.
 */
const headroom = 1.2

/** The part of the shared config that a load is computed from. */
type Promises = {
  readonly loadShapes: Readonly<Record<LoadShapeName, LoadShape>>
  readonly objectives: Readonly<Record<string, Objective>>
}

/** Throws when a shape is judged by something that is no latency: shapes of that kind need another scenario. */
export function loadOf(shape: LoadShapeName, plan: PlanName, scale = 1, promises: Promises = sla): Load {
  const {
    latency: objectiveId,
    part = null,
    perMinute,
    seconds,
    batch,
    runUpS = 0,
    settleS = settleUsuallyS,
  } = promises.loadShapes[shape]
  const objective = promises.objectives[objectiveId]
  if (objective?.kind !== 'latency')
    throw new Error(`Shape ${shape} names ${objectiveId}, which is no latency promise.`)
  const lasts = seconds[plan] * scale
  const patienceMs = Math.max(patienceAtLeastMs, patienceLimits * objective.limit)
  return {
    shape,
    objectiveId,
    part,
    objective,
    perMinute,
    seconds: lasts,
    runUpS,
    planned: Math.floor((perMinute * lasts) / 60),
    patienceMs,
    settleMs: settleS * 1_000,
    vus: Math.ceil((perMinute / 60_000) * patienceMs * headroom),
    batch,
  }
}

/** The k6 scenario of a load. `maxVUs` equals `preAllocatedVUs`: users made in mid-run would skew the results. */
export const scenarioOf = (load: Load) =>
  ({
    executor: 'constant-arrival-rate',
    rate: load.perMinute,
    timeUnit: '1m',
    duration: `${load.seconds}s`,
    preAllocatedVUs: load.vus,
    maxVUs: load.vus,
    gracefulStop: `${Math.ceil(load.patienceMs / 1_000) + 2}s`,
  }) as const

/** When arrival `index` was due, in ms after the scenario's start: k6 starts the first one at 0. */
export const dueAfterMs = (load: Load, index: number): number => (index * 60_000) / load.perMinute

/** One of several generator processes that offer a load together; the first is 1. */
export type Shard = { readonly number: number; readonly of: number }

/**
 * The execution segment of a shard. k6 deals the arrivals of one schedule out to the segments of a
 * sequence in turn: together they offer each arrival once, at the instant that one process would.
 */
export function segmentOf({ number, of }: Shard): { executionSegment?: string; executionSegmentSequence?: string } {
  if (of === 1) return {}
  const edge = (part: number) => (part === 0 ? '0' : part === of ? '1' : `${part}/${of}`)
  return {
    executionSegment: `${edge(number - 1)}:${edge(number)}`,
    executionSegmentSequence: Array.from({ length: of + 1 }, (_, part) => edge(part)).join(','),
  }
}

/** What every shard of a load offers at least, and the users that it has. */
export const partOf = (load: Load, { of }: Shard): Load => ({
  ...load,
  planned: Math.floor(load.planned / of),
  vus: Math.ceil(load.vus / of),
})
