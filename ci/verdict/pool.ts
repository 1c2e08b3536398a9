import { EvidenceError } from '../../suites/evidence/evidence-error.ts'
import { bucketsOf, mergeBuckets, type Bucket } from '../../suites/evidence/histogram.ts'
import type { AppliedFault, Evidence, Observation } from '../../suites/evidence/record.ts'
import type { Histories } from '../../suites/evidence/stored.ts'

import type { Bounded } from './derived/derived.ts'
import { derive } from './derived/registry.ts'

/** Of derived bounds, where no plan states one. */
const usualConfidence = 0.95

export type ObservationOf<T extends Observation['type']> = Extract<Observation, { type: T }>

/** Latencies of one name over all stages that count. */
export type PooledLatency = {
  readonly name: string
  readonly n: number
  readonly buckets: readonly Bucket[]
  /** How many were at or below `ms`: exact where every stage counted at that edge, else by whole cells, never flattering. */
  readonly within: (ms: number) => number
}

/** What the stages of one requirement observed together. */
export type Pooled = {
  readonly latencies: readonly PooledLatency[]
  readonly counters: readonly ObservationOf<'counter'>[]
  readonly proportions: readonly ObservationOf<'proportion'>[]
  readonly series: readonly ObservationOf<'series'>[]
  readonly checks: readonly ObservationOf<'checks'>[]
  readonly histories: readonly ObservationOf<'history'>[]
  /** Estimates with their bounds, of which the judge derived each from a history. */
  readonly bounded: readonly Bounded[]
  readonly faults: readonly AppliedFault[]
  readonly found: readonly string[]
}

function cellsOf(name: string, part: ObservationOf<'histogram'>): readonly Bucket[] {
  try {
    return bucketsOf(part)
  } catch (error) {
    throw new EvidenceError(`histogram ${name} can't be read: ${String(error)}`, { cause: error })
  }
}

function poolLatency(name: string, parts: readonly ObservationOf<'histogram'>[]): PooledLatency {
  const cells = parts.map((part) => cellsOf(name, part))
  for (const [index, part] of parts.entries()) {
    const total = (cells[index] ?? []).reduce((sum, { count }) => sum + count, 0)
    if (total !== part.n) throw new EvidenceError(`histogram ${name} says n = ${part.n}, its cells hold ${total}`)
    const excess = Object.entries(part.within).find(([, count]) => count > part.n)
    if (excess !== undefined)
      throw new EvidenceError(`histogram ${name} counts ${excess[1]} of ${part.n} at or below ${excess[0]} ms`)
  }
  const buckets = mergeBuckets(cells)
  return {
    name,
    n: parts.reduce((sum, part) => sum + part.n, 0),
    buckets,
    within: (ms) => {
      const exact = parts.map((part) => part.within[String(ms)])
      if (exact.every((count) => count !== undefined)) return exact.reduce((sum, count) => sum + count, 0)
      return buckets.reduce((sum, { upToMs, count }) => (upToMs <= ms ? sum + count : sum), 0)
    },
  }
}

function poolNamed<O extends { readonly name: string }>(items: readonly O[], merge: (a: O, b: O) => O): readonly O[] {
  return [...Map.groupBy(items, (item) => item.name).values()].map((group) => group.reduce(merge))
}

/** Latencies that were derived from a history, one by one, are exact at every limit. */
function pooledRaw(name: string, values: readonly number[]): PooledLatency {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    name,
    n: sorted.length,
    buckets: mergeBuckets([sorted.map((upToMs) => ({ upToMs, count: 1 }))]),
    within: (ms) => sorted.filter((value) => value <= ms).length,
  }
}

/**
 * Adds up the stages of one requirement, and what its histories say where they are at hand. Throws an
 * EvidenceError where a record contradicts itself.
 */
export function pool(
  evidence: readonly Evidence[],
  histories: Histories = new Map(),
  confidence = usualConfidence,
): Pooled {
  const all = evidence.flatMap((record) => record.observations)
  const of = <T extends Observation['type']>(type: T) =>
    all.filter((observation): observation is ObservationOf<T> => observation.type === type)
  const derived = of('history').map(({ checker, file }) => derive(checker, () => histories.get(file) ?? [], confidence))
  const raw = Map.groupBy(
    derived.flatMap(({ latencies }) => latencies),
    ({ name }) => name,
  )
  return {
    latencies: [
      ...[...Map.groupBy(of('histogram'), ({ name }) => name)].map(([name, parts]) => poolLatency(name, parts)),
      ...[...raw].map(([name, parts]) =>
        pooledRaw(
          name,
          parts.flatMap(({ values }) => values),
        ),
      ),
    ],
    bounded: derived.flatMap(({ bounded }) => bounded),
    counters: of('counter'),
    proportions: poolNamed(of('proportion'), (a, b) => ({ ...a, good: a.good + b.good, total: a.total + b.total })),
    series: poolNamed([...of('series'), ...derived.flatMap(({ series }) => series)], (a, b) => ({
      ...a,
      values: [...a.values, ...b.values],
      censored: a.censored + b.censored,
      resolutions: [...(a.resolutions ?? []), ...(b.resolutions ?? [])],
    })),
    checks: of('checks'),
    histories: of('history'),
    faults: evidence.flatMap((record) => record.faults),
    found: [...new Set(all.map(({ type, name }) => `${type} ${name}`))],
  }
}

/** Observations of an objective: its id, or its id with a part after a colon (`event-latency-steady:window-3`). */
export function named<O extends { readonly name: string }>(items: readonly O[], id: string): readonly O[] {
  return items.filter(({ name }) => name === id || name.startsWith(`${id}:`))
}
