import { busiestLoop } from '../../suites/analysis/prediction.ts'
import { throughputAt } from '../../suites/analysis/scalability.ts'
import { predicted } from '../../suites/analysis/least-squares.ts'
import { figure } from '../verdict/figures.ts'
import type { LoadStudy } from './load-study.ts'
import { plotOf, type Plot, type PlotPoint } from './plot.ts'
import type { Markup } from './markup.ts'

export type LoadPlot = { readonly name: string; readonly caption: string; readonly svg: Markup }

type Trial = LoadStudy['trials'][number]

const steps = 40
const ascending = (trials: readonly Trial[]) => trials.toSorted((a, b) => a.run.nodes - b.run.nodes)
const range = (points: readonly PlotPoint[]): string => {
  const ys = points.map(({ y }) => y)
  return ys.length === 0 ? 'nothing' : `${figure(Math.min(...ys))} to ${figure(Math.max(...ys))}`
}

/** One point per trial; what failed is crossed. */
const measured = (trials: readonly Trial[], of: (trial: Trial) => number | null): readonly PlotPoint[] =>
  ascending(trials).flatMap((trial) => {
    const y = of(trial)
    return y === null ? [] : [{ x: trial.run.nodes, y, bad: trial.outcome === 'fails' }]
  })

/** A model's curve from nothing to a little beyond the largest size of interest. */
function curve({ trials, foretold }: LoadStudy, of: (nodes: number) => number): readonly PlotPoint[] {
  const last = Math.max(...trials.map(({ run }) => run.nodes), foretold?.nodes ?? 0)
  return Array.from({ length: steps + 1 }, (_, step) => {
    const x = Math.max(1, (last * step) / steps)
    return { x, y: of(x) }
  })
}

function marksOf({ foretold, found }: LoadStudy): Plot['marks'] {
  return [
    ...(foretold?.nodes == null ? [] : [{ x: foretold.nodes, name: `foretold ${figure(foretold.nodes)}` }]),
    ...(found?.firstFailed == null ? [] : [{ x: found.firstFailed, name: `found ${figure(found.firstFailed)}` }]),
  ]
}

function latency(study: LoadStudy): LoadPlot {
  const { trials, frame } = study
  const of = (rank: 'p50' | 'p95' | 'p99') => measured(trials, ({ run }) => run.latencyMs?.[rank] ?? null)
  const p99 = of('p99')
  const svg = plotOf({
    label: `Beacon latency against nodes: p99 from ${range(p99)} ms, limit ${figure(frame.limits.latencyMs)} ms`,
    x: 'nodes',
    y: 'beacon latency, ms',
    logarithmic: true,
    limit: { y: frame.limits.latencyMs, name: `limit of p99, ${figure(frame.limits.latencyMs)} ms` },
    marks: marksOf(study) ?? [],
    series: [
      { name: 'p99', points: p99 },
      { name: 'p95', points: of('p95') },
      { name: 'p50', points: of('p50') },
    ],
  })
  return { name: 'latency', caption: 'Latency from the scheduled send to the use; a cross is a size that failed.', svg }
}

function throughput(study: LoadStudy): LoadPlot {
  const { trials } = study
  const rate = (of: (trial: Trial) => number) =>
    measured(trials, (trial) => (trial.run.seconds > 0 ? of(trial) / trial.run.seconds : null))
  const used = rate(({ run }) => run.beaconsUsed)
  const svg = plotOf({
    label: `Beacons a second against nodes: used from ${range(used)}`,
    x: 'nodes',
    y: 'beacons a second',
    marks: marksOf(study) ?? [],
    series: [
      { name: 'used', points: used },
      { name: 'offered', points: rate(({ run }) => run.beaconsOffered) },
    ],
  })
  return {
    name: 'throughput',
    caption: 'Beacons offered by the schedule of all nodes, and those used, each authenticated.',
    svg,
  }
}

function efficiency(study: LoadStudy): LoadPlot {
  const { trials, analysis } = study
  const perCore = measured(trials, ({ run }) =>
    run.seconds > 0 && run.targetCores > 0 ? run.beaconsUsed / run.seconds / run.targetCores : null,
  )
  const law = analysis.scalability
  const points = law === null ? [] : curve(study, (nodes) => throughputAt(law, nodes) / nodes)
  const svg = plotOf({
    label: `Beacons used per core second against nodes: ${range(perCore)}`,
    x: 'nodes',
    y: 'beacons per core second',
    series: [
      { name: 'used', points: perCore },
      ...(law === null ? [] : [{ name: 'scalability law', model: true, points }]),
    ],
  })
  return {
    name: 'efficiency',
    caption: 'Work for each core second; dashed, the Universal Scalability Law through it.',
    svg,
  }
}

function processor(study: LoadStudy): LoadPlot {
  const { trials, frame, analysis } = study
  const cores = measured(trials, ({ run }) => (run.seconds > 0 ? run.targetCores + run.suiteCores : null))
  const loop = measured(trials, ({ run }) => (run.seconds > 0 ? busiestLoop(run) : null))
  const signal = analysis.prediction.signals.find(({ name }) => name === 'processor')
  const growth =
    signal === undefined
      ? []
      : [
          {
            name: 'foretold',
            model: true,
            points: curve(study, (nodes) =>
              Math.min(
                frame.ceilings.machineCores * 1.05,
                predicted(
                  signal.weights,
                  signal.weights.map((_, power) => nodes ** power),
                ),
              ),
            ),
          },
        ]
  const svg = plotOf({
    label: `Cores in use against nodes: ${range(cores)} of ${figure(frame.ceilings.machineCores)}; busiest event loop ${range(loop)} of 1`,
    x: 'nodes',
    y: frame.cost === 'modelled' ? 'cores in use, by the cost model' : 'cores in use',
    limit: { y: frame.ceilings.machineCores, name: `${figure(frame.ceilings.machineCores)} cores there are` },
    marks: marksOf(study) ?? [],
    series: [{ name: 'all processes', points: cores }, { name: 'busiest loop', points: loop }, ...growth],
  })
  return {
    name: 'processor',
    caption: 'Cores in use, and the share of time in which the busiest event loop worked.',
    svg,
  }
}

function formation(study: LoadStudy): LoadPlot {
  const formed = measured(study.trials, ({ run }) => (run.formedInMs === null ? null : run.formedInMs / 1_000))
  const svg = plotOf({
    label: `Time until a mesh has formed against nodes: ${range(formed)} s`,
    x: 'nodes',
    y: 'time to form, s',
    series: [{ name: 'to the last link', points: formed }],
  })
  return {
    name: 'formation',
    caption: 'From the order to the last link.',
    svg,
  }
}

export const loadPlots = (study: LoadStudy): readonly LoadPlot[] => [
  latency(study),
  throughput(study),
  efficiency(study),
  processor(study),
  formation(study),
]
