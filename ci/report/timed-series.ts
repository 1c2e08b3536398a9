/** Times of the repeats of a chaos row, and what is said of them. */
import { z } from 'zod'
import { median } from '../../suites/evidence/median.ts'
import { sampleQuantile } from '../statistics/quantile.ts'
import { medianInterval } from '../verdict/kinds/recovery.ts'

/** In seconds, to the millisecond. */
export const TimedSeries = z.object({
  name: z.string(),
  values: z.array(z.number()),
  /** Repeats that never got there. */
  censored: z.int().nonnegative(),
  /** How much shorter the times may have been, the least exact of them; null where nobody told. Absent: the records are of before it was told. */
  resolutionS: z.number().nullable().optional(),
  /** Null where nothing is promised of it. */
  limitS: z.number().nullable(),
})
export type TimedSeries = z.infer<typeof TimedSeries>

export const inMs = (seconds: number): number => Math.round(seconds * 1_000) / 1_000

/** Numbers below a millisecond are told as such: the prober of a mesh is coarser, that of a call is not. */
export const secondsText = (seconds: number | null | undefined): string => (seconds == null ? '–' : seconds.toFixed(3))

export const timedColumns = [
  'Requirement',
  'Tier',
  'Time of, s',
  'Repeats',
  'Never',
  'Median',
  'Bounds of the median',
  'p95',
  'Largest',
  'Known to',
  'Limit',
] as const

/** Cells after the row's name and tier; bounds are one-sided each, at the plan's confidence. */
export function timedCells(
  { name, values, censored, resolutionS, limitS }: TimedSeries,
  confidence: number,
): readonly string[] {
  const bounds = medianInterval(values, confidence)
  return [
    name,
    String(values.length + censored),
    String(censored),
    secondsText(median(values)),
    bounds === null ? '–' : bounds.map(secondsText).join(' – '),
    secondsText(sampleQuantile(values, 0.95)),
    secondsText(values.length === 0 ? null : Math.max(...values)),
    secondsText(resolutionS),
    secondsText(limitS),
  ]
}
