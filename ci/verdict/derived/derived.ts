import type { Observation } from '../../../suites/evidence/record.ts'

/** An estimate with one-sided bounds at the confidence that was asked for. */
export type Bounded = {
  readonly name: string
  readonly unit: string
  readonly estimate: number
  readonly lower: number
  readonly upper: number
  /** Points behind the estimate. */
  readonly n: number
  /** Seconds that they span. */
  readonly spanS: number
}

/** What the judge computes from a history, under the names of the objectives that it judges by. */
export type Derived = {
  readonly series: readonly Extract<Observation, { type: 'series' }>[]
  readonly latencies: readonly { readonly name: string; readonly values: readonly number[] }[]
  readonly bounded: readonly Bounded[]
}

export const nothingDerived: Derived = { series: [], latencies: [], bounded: [] }

/**
 * One series; null is a measurement that never came to a value. Without any there is no series: silence is no zero. `resolution`
 * is that of each of its values, where they are looked for in steps.
 */
export function derivedSeries(
  name: string,
  unit: string,
  values: readonly (number | null)[],
  resolution?: number,
): Derived {
  if (values.length === 0) return nothingDerived
  const known = values.filter((value) => value !== null)
  const series = { type: 'series', name, unit, values: known, censored: values.length - known.length } as const
  const exactly = resolution === undefined ? {} : { resolutions: known.map(() => resolution) }
  return { ...nothingDerived, series: [{ ...series, ...exactly }] }
}

export const together = (parts: readonly Derived[]): Derived => ({
  series: parts.flatMap(({ series }) => series),
  latencies: parts.flatMap(({ latencies }) => latencies),
  bounded: parts.flatMap(({ bounded }) => bounded),
})
