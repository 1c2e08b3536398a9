/**
 * k6 thresholds of a load, computed from its promise. "p99 < X" means everywhere "the share within
 * X is at least 99 %", so the threshold is a Rate over samples that were compared one by one, the
 * same count that the judge makes. k6 lets a threshold without samples pass: the sample floor beside
 * it does not. What k6 makes of them is an observation; the judge decides.
 */
import type { Load } from './schedule.ts'

/** Names of what a scenario records. `mc_` tells our metrics from k6's own in the raw samples. */
export const metricNames = {
  /** Trend, ms; one per promised quantity, tagged `name`. */
  duration: 'mc_duration',
  /** Rate of samples of the judged quantity within its limit. */
  within: 'mc_within',
  /** Counter of samples of the judged quantity. */
  samples: 'mc_samples',
  /** Trend, ms: start of an iteration after the start of its scenario; whether that was in time is worked out by the reader. */
  started: 'mc_started',
  /** Rate of yes-or-no checks, tagged `name`, and `seen` where one failed. */
  check: 'mc_check',
  /** Counter of failed requests, tagged `definite`, `refused` for want of room, and `nth` of its arrival. */
  failure: 'mc_failure',
  /** Counter of what was taken in and never came to its end. */
  lost: 'mc_lost',
  /** Trend, host ms: when nothing that was awaited in vain was missing any more, or was given up. */
  settled: 'mc_settled',
  /** Counter of iterations that ran to their end: one that throws is missing here. */
  finished: 'mc_finished',
  /** Trend: number of the arrival in the schedule of all generators together; each one once, or one was lost or repeated. */
  arrival: 'mc_arrival',
  /** Trend, host ms: when a user's scenario started; generators of one load start together. */
  scenarioStart: 'mc_scenario_start',
  /** Counter of what a throughput promise counts, tagged `name`, and `second` of the `of` whole seconds of its stretch. */
  units: 'mc_units',
  /** Gauge: cores that the generator used between setup and teardown. */
  cores: 'mc_generator_cores',
} as const

/** The tag that binds a sample to the limit that it was held against; a threshold on another limit finds no samples, and its floor says so. */
export const limitTag = 'limit_ms'

/** `sampleShare` is the share of arrivals that yield a sample of the judged quantity. */
export function thresholdsOf(
  load: Pick<Load, 'objective' | 'planned'>,
  { sampleShare, maxGeneratorCores }: { readonly sampleShare: number; readonly maxGeneratorCores: number },
): Record<string, string[]> {
  const { quantile, limit } = load.objective
  return {
    [`${metricNames.within}{${limitTag}:${limit}}`]: [`rate>=${quantile}`],
    [`${metricNames.samples}{${limitTag}:${limit}}`]: [`count>=${Math.floor(load.planned * sampleShare)}`],
    [metricNames.finished]: [`count>=${load.planned}`],
    [metricNames.check]: ['rate==1'],
    [metricNames.cores]: [`value<=${maxGeneratorCores}`],
    dropped_iterations: ['count==0'],
  }
}

/** Facts in the summary: the default lacks p99, and `count` shows a trend without samples for what it is. */
export const summaryTrendStats = ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'count']
