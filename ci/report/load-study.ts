import { z } from 'zod'
import { randomFrom } from '../../suites/contract/random.ts'
import { failuresOf } from '../../suites/analysis/failure.ts'
import { foretell } from '../../suites/analysis/foretelling.ts'
import { analyseScaling, type ScalingReport } from '../../suites/analysis/scaling-report.ts'
import { EvidenceError } from '../../suites/evidence/evidence-error.ts'
import { Foretold, LimitFound, LimitFrame, LimitStep, ScaleRun } from '../../suites/evidence/scale-run.ts'
import { documentText, type StoredEvidence } from '../../suites/evidence/stored.ts'
import { messageOf } from '../run/stop.ts'
import { figuresIn, SizedFigure } from './sized-figures.ts'

const Outcome = z.enum(['holds', 'fails', 'unknown'])

/** What was measured of one growing mesh: everything else in a load report follows from it. */
export const MeasuredGrowth = z.object({
  requirement: z.string(),
  tier: z.string(),
  frame: LimitFrame,
  trials: z.array(z.object({ run: ScaleRun, outcome: Outcome })),
  foretold: Foretold.nullable(),
  found: LimitFound.nullable(),
  figures: z.array(SizedFigure),
})
export type MeasuredGrowth = z.infer<typeof MeasuredGrowth>

export type LoadStudy = MeasuredGrowth & { readonly analysis: ScalingReport }

/** The analysis is made again from what was measured: a report shows nothing that its numbers do not say. */
export function studyOf(growth: MeasuredGrowth): LoadStudy {
  const { frame, trials } = growth
  const runs = trials.map(({ run }) => run)
  return { ...growth, analysis: analyseScaling(runs, { ...frame, random: randomFrom(frame.seed) }) }
}

type Recorded = StoredEvidence['evidence'][number]

const seriesOf = ({ observations }: Recorded) => observations.filter((one) => one.type === 'series')

/** A search for the limit; without its frame it shows nothing. */
function searchIn(record: Recorded, { histories }: StoredEvidence): readonly MeasuredGrowth[] {
  const { requirement, tier, observations } = record
  const files = observations.flatMap((one) =>
    one.type === 'history' && one.checker === 'limit-foretold' ? [one.file] : [],
  )
  const steps = files.flatMap((file) =>
    (histories.get(file) ?? []).flatMap((item) => LimitStep.safeParse(item).data ?? []),
  )
  const frame = steps.find((step) => step.type === 'frame')
  if (frame === undefined) return []
  const trials = steps.flatMap((step) => (step.type === 'run' ? [{ run: step.run, outcome: step.outcome }] : []))
  const foretold = steps.find((step) => step.type === 'prediction')?.foretold ?? null
  const found = steps.find((step) => step.type === 'found') ?? null
  return [{ requirement, tier, frame, trials, foretold, found, figures: [...figuresIn(seriesOf(record))] }]
}

const Scaling = z.object({ frame: LimitFrame, runs: z.array(ScaleRun) })

function readScaling(stored: StoredEvidence, file: string): z.infer<typeof Scaling> {
  try {
    return Scaling.parse(JSON.parse(documentText(stored, file)))
  } catch (error) {
    if (error instanceof EvidenceError) throw error
    throw new EvidenceError(`${file} tells of no growing mesh: ${messageOf(error)}`, { cause: error })
  }
}

/** Sizes that were measured without searching the limit. */
function scalingIn(record: Recorded, stored: StoredEvidence): readonly MeasuredGrowth[] {
  const { requirement, tier, observations } = record
  return observations.flatMap((one): MeasuredGrowth[] => {
    if (one.type !== 'file' || one.kind !== 'scaling') return []
    const { frame, runs } = readScaling(stored, one.file)
    const trials = runs.map((run) => {
      const holds = failuresOf(run, frame.limits).length === 0
      return { run, outcome: holds ? ('holds' as const) : ('fails' as const) }
    })
    return [
      {
        requirement,
        tier,
        frame,
        trials,
        foretold: foretell(runs, frame),
        found: null,
        figures: [...figuresIn(seriesOf(record))],
      },
    ]
  })
}

/** Every growing mesh of a run. */
export const growthsOf = (stored: StoredEvidence): readonly MeasuredGrowth[] =>
  stored.evidence.flatMap((record) => [...searchIn(record, stored), ...scalingIn(record, stored)])
