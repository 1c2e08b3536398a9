import { z } from 'zod'
import { randomFrom } from '../../suites/contract/random.ts'
import { analyseScaling, type ScalingReport } from '../../suites/analysis/scaling-report.ts'
import { Foretold, LimitStep, ScaleRun } from '../../suites/evidence/scale-run.ts'
import type { StoredEvidence } from '../../suites/evidence/stored.ts'

const Frame = LimitStep.options[0]
const Found = LimitStep.options[3]
const Outcome = z.enum(['holds', 'fails', 'unknown'])

/** What was measured of one growing mesh: everything else in a load report follows from it. */
export const MeasuredGrowth = z.object({
  requirement: z.string(),
  tier: z.string(),
  frame: Frame,
  trials: z.array(z.object({ run: ScaleRun, outcome: Outcome })),
  foretold: Foretold.nullable(),
  found: Found.nullable(),
})
export type MeasuredGrowth = z.infer<typeof MeasuredGrowth>

export type LoadStudy = MeasuredGrowth & { readonly analysis: ScalingReport }

/** The analysis is made again from what was measured: a report shows nothing that its numbers do not say. */
export function studyOf(growth: MeasuredGrowth): LoadStudy {
  const { frame, trials } = growth
  const runs = trials.map(({ run }) => run)
  return { ...growth, analysis: analyseScaling(runs, { ...frame, random: randomFrom(frame.seed) }) }
}

/** Every search for a limit of a run. A search without its frame shows nothing. */
export function growthsOf({ evidence, histories }: StoredEvidence): readonly MeasuredGrowth[] {
  return evidence.flatMap(({ requirement, tier, observations }): MeasuredGrowth[] => {
    const own = observations.filter((one) => one.type === 'history' && one.checker === 'limit-foretold')
    const steps = own.flatMap((one) =>
      (one.type === 'history' ? (histories.get(one.file) ?? []) : []).flatMap(
        (item) => LimitStep.safeParse(item).data ?? [],
      ),
    )
    const frame = steps.find((step) => step.type === 'frame')
    if (frame === undefined) return []
    return [
      {
        requirement,
        tier,
        frame,
        trials: steps.flatMap((step) => (step.type === 'run' ? [{ run: step.run, outcome: step.outcome }] : [])),
        foretold: steps.find((step) => step.type === 'prediction')?.foretold ?? null,
        found: steps.find((step) => step.type === 'found') ?? null,
      },
    ]
  })
}
