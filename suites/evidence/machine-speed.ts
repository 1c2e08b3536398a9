import { median } from './median.ts'
import type { ScaleRun } from './scale-run.ts'

/** How slow the machine was in the median of some runs, in ms of a fixed work; null where nobody measured it. */
export const usualYardstickMs = (runs: readonly ScaleRun[]): number | null =>
  median(runs.flatMap(({ yardstickMs }) => yardstickMs ?? [])) ?? null

/** By which share the machine was slower or faster in some runs than in others; null where either is unknown. */
export function speedDrift(then: readonly ScaleRun[], now: readonly ScaleRun[]): number | null {
  const [before, after] = [usualYardstickMs(then), usualYardstickMs(now)]
  return before === null || after === null ? null : Math.abs(after / before - 1)
}
