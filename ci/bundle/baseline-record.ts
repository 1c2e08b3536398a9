import type { RunFiles } from '../../suites/evidence/stored.ts'
import { exitCodes, Stop } from '../run/stop.ts'
import { howToRecord, yardstickSeries, type Baseline } from '../verdict/baseline.ts'
import { isBelievable } from '../verdict/judge.ts'
import { failedChecks } from '../verdict/kinds/invariant.ts'
import type { Plan, PlannedRow } from '../verdict/plan.ts'
import { named, pool } from '../verdict/pool.ts'
import { pairsToBound } from '../statistics/signed-rank.ts'
import { readRun } from './statements.ts'

type Compared = { readonly row: PlannedRow; readonly objective: string; readonly least: number }

/** The planned rows whose promise is a margin over a baseline. */
export function comparedRows({ rows, promises }: Pick<Plan, 'rows' | 'promises'>): readonly Compared[] {
  return rows.flatMap((row) => {
    const id = promises.rows[row.requirement]?.objective ?? ''
    const objective = promises.objectives[id]
    return objective?.kind === 'margin' ? [{ row, objective: id, least: pairsToBound(objective.confidence) }] : []
  })
}

const no = (run: string, why: string): Stop =>
  new Stop(exitCodes.inconclusive, `Run ${run} can't be a baseline: ${why}. Instead, ${howToRecord}.`)

/** The rounds of a run as a baseline; a Stop says why they can't be one: a defect, a broken premise, a failed check, too few. */
export function baselineFrom(files: RunFiles): Baseline {
  const { plan, stored } = readRun(files)
  const { run, startedAt, comparison, defect, variant } = plan
  const [compared] = comparedRows(plan)
  if (compared === undefined || comparison === undefined) throw no(run, 'it judged no row that is held against one')
  if (defect !== null || variant !== null)
    throw no(run, `${defect ?? variant} was switched on, so that it tells of another target`)
  const { row, objective, least } = compared
  const own = stored.evidence.filter(({ requirement, tier }) => requirement === row.requirement && tier === row.tier)
  const believable = own.filter(isBelievable)
  const [first] = believable
  if (first === undefined) throw no(run, `${row.requirement} did not come to its end with every premise held`)
  const pooled = pool(believable)
  const failed = failedChecks(pooled)
  if (failed !== null) throw no(run, failed.reason)
  const rounds = named(pooled.series, objective)
  const fewest = Math.min(...rounds.map(({ values }) => values.length))
  if (rounds.length === 0 || fewest < least)
    throw no(run, `it has ${rounds.length === 0 ? 0 : fewest} rounds, ${least} are the least`)
  return {
    requirement: row.requirement,
    objective,
    run,
    recordedAt: startedAt,
    target: { name: plan.target.name, version: first.target.version },
    machine: comparison.machine,
    series: [...rounds, ...named(pooled.series, yardstickSeries)],
  }
}
