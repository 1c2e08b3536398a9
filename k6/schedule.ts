/**
 * When the arrivals of a load are due, and what k6 is asked to do for it. Pure, and without the shared config: k6 and the
 * runner load this file alike, and every virtual user has a copy of what it loads.
 */
import type { LoadShapeName, Objective } from '../sla.config.ts'

type LatencyObjective = Extract<Objective, { kind: 'latency' }>

/** One run of a shape: how much, for how long, and what its samples are judged by. */
export type Load = {
  readonly shape: LoadShapeName
  readonly objectiveId: string
  /** Of the objective, where its samples are judged by themselves. */
  readonly part: string | null
  readonly objective: Pick<LatencyObjective, 'quantile' | 'limit'>
  /** The highest rate. */
  readonly perMinute: number
  /** The course of the rate; null where it is constant. */
  readonly legs: readonly Leg[] | null
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
  /** How long after its failure a request is tried again, where it is. */
  readonly retryAfterMs: number
}

/** A straight piece of a course, as k6 is given it: whole arrivals a minute at its ends, whole ms. */
export type Leg = { readonly fromPerMinute: number; readonly toPerMinute: number; readonly ms: number }

/** Servers close what is idle for 5 s (Node, many proxies): a request that meets that instant is reset, and POSTs are not repeated. */
const idleMaxS = 4

/**
 * Whether a user may keep its connection from one arrival to its next. Users take arrivals in turn: where the rate falls low,
 * each waits so long that its connection may be closed just when it is used again.
 */
export function keepsConnections({ legs, perMinute, vus }: Load): boolean {
  const least = Math.min(perMinute, ...(legs ?? []).flatMap((leg) => [leg.fromPerMinute, leg.toPerMinute]))
  return (vus * 60) / least <= idleMaxS
}

const minuteMs = 60_000
const arrivalsOf = ({ fromPerMinute, toPerMinute, ms }: Leg): number =>
  (((fromPerMinute + toPerMinute) / 2) * ms) / minuteMs

/** Sums of rates are no whole numbers: an arrival due at the very end may be k6's or not. */
const roundingArrivals = 1e-3

/** Arrivals that k6 offers at least. */
export const plannedOf = (legs: readonly Leg[]): number =>
  Math.floor(legs.reduce((sum, leg) => sum + arrivalsOf(leg), 0) - roundingArrivals)

/** The k6 scenario of a load. `maxVUs` equals `preAllocatedVUs`: users made in mid-run would skew the results. */
export function scenarioOf({ legs, perMinute, seconds, vus, patienceMs }: Load) {
  const users = {
    timeUnit: '1m',
    preAllocatedVUs: vus,
    maxVUs: vus,
    gracefulStop: `${Math.ceil(patienceMs / 1_000) + 2}s`,
  } as const
  if (legs === null)
    return { executor: 'constant-arrival-rate', rate: perMinute, duration: `${seconds}s`, ...users } as const
  return {
    executor: 'ramping-arrival-rate',
    startRate: legs[0]?.fromPerMinute ?? perMinute,
    stages: legs.map(({ toPerMinute, ms }) => ({ target: toPerMinute, duration: `${ms}ms` })),
    ...users,
  } as const
}

/**
 * When arrival `index` is due, in ms after the scenario's start. At a constant rate k6 starts the first one at 0; on a course
 * arrival n when n + 1 are due: the area under the rate, solved for the time (`ramping_arrival_rate.go`, `cal`).
 */
export function dueAfterMs({ legs, perMinute }: Load, index: number): number {
  if (legs === null) return (index * minuteMs) / perMinute
  let [left, sinceMs] = [index + 1, 0]
  for (const [place, leg] of legs.entries()) {
    const own = arrivalsOf(leg)
    // What is due beyond the end, by rounding, is due at the end.
    if (left > own && place < legs.length - 1) {
      left -= own
      sinceMs += leg.ms
      continue
    }
    return sinceMs + Math.min(leg.ms, solved(leg, left))
  }
  return sinceMs
}

/** After how many ms of a leg its `count`-th arrival is due: from·t + (to − from)·t²/2ms = count, in its form that divides by no difference. */
function solved({ fromPerMinute, toPerMinute, ms }: Leg, count: number): number {
  const [from, to] = [fromPerMinute / minuteMs, toPerMinute / minuteMs]
  const root = Math.sqrt(Math.max(0, from * from + (2 * (to - from) * count) / Math.max(ms, Number.MIN_VALUE)))
  return (2 * count) / (from + root)
}

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
