import type { Tier } from '../../sla.config.ts'
import type { StoredEvidence } from '../../suites/evidence/stored.ts'
import { comparisonOf } from '../bundle/signed-baseline.ts'
import type { Comparison } from './baseline.ts'
import type { Case } from './finding.ts'
import { isBelievable } from './judge.ts'
import { tightestAvailability } from './kinds/availability.ts'
import { tightestLatency } from './kinds/latency.ts'
import { tightestMargin } from './kinds/margin.ts'
import { tightestQuantity } from './kinds/quantity.ts'
import { tightestRecovery } from './kinds/recovery.ts'
import { tightestThroughput } from './kinds/throughput.ts'
import type { Plan, PlannedRow } from './plan.ts'
import { pool, type Pooled } from './pool.ts'
import type { ObjectiveData, Promises } from './promises.ts'

/** How far a limit could be tightened on what was observed. */
export type Headroom = {
  readonly id: string
  readonly tier: Tier
  readonly objective: string
  readonly kind: ObjectiveData['kind']
  readonly limit: number | null
  /** The tightest limit that would still pass (a recovery must stay below its limit, so its slowest run); null: too little was observed, or there is nothing to tighten. */
  readonly tightest: number | null
  readonly unit: string
  /** Room between the two as a share of the limit; negative when the limit is missed. */
  readonly room: number | null
}

/** Headroom is stated at this one-sided confidence, whatever the plan's own was. */
const confidence = 0.95

function limitOf(objective: ObjectiveData): number | null {
  switch (objective.kind) {
    case 'availability':
      return objective.target
    case 'throughput':
      return objective.floor
    case 'invariant':
      return null
    default:
      return objective.limit
  }
}

function tightestOf(given: Omit<Case<'latency'>, 'objective'>, objective: ObjectiveData): number | null {
  switch (objective.kind) {
    case 'latency':
      return tightestLatency({ ...given, objective })
    case 'availability':
      return tightestAvailability({ ...given, objective })
    case 'throughput':
      return tightestThroughput({ ...given, objective })
    case 'recovery':
      return tightestRecovery({ ...given, objective })
    case 'margin':
      return tightestMargin({ ...given, objective })
    case 'invariant':
      return null
    case 'floor':
    case 'ceiling':
      return tightestQuantity({ ...given, objective })
  }
}

const lowerIsBetter: ReadonlySet<ObjectiveData['kind']> = new Set(['latency', 'recovery', 'ceiling', 'margin'])

function headroomOf(
  {
    row,
    comparison,
    pooled,
  }: { readonly row: PlannedRow; readonly comparison: Comparison | null; readonly pooled: Pooled },
  id: string,
  objective: ObjectiveData,
): Headroom {
  const given = {
    id,
    pooled,
    confidence,
    scope: row.scope,
    repeatsExpected: row.repeats,
    itemsClean: 0,
    comparison,
  }
  const limit = limitOf(objective)
  const tightest = tightestOf(given, objective)
  const unit = 'unit' in objective ? objective.unit : '1'
  const above = limit === null || tightest === null || limit === 0 ? null : (tightest - limit) / Math.abs(limit)
  const room = above === null ? null : lowerIsBetter.has(objective.kind) ? -above : above
  return { id: row.requirement, tier: row.tier, objective: id, kind: objective.kind, limit, tightest, unit, room }
}

/** Headroom of every judged objective of a run, over the stages whose premises held. */
export function headroomOfRun(plan: Plan, stored: StoredEvidence, promises: Promises): readonly Headroom[] {
  const comparison = comparisonOf(plan)
  return plan.rows.flatMap((row) => {
    const evidence = stored.evidence.filter(
      (record) => record.requirement === row.requirement && record.tier === row.tier && isBelievable(record),
    )
    const data = promises.rows[row.requirement]
    if (data === undefined || evidence.length === 0) return []
    const pooled = pool(evidence, stored.histories, confidence)
    return [data.objective, ...(data.further ?? [])].flatMap((id) => {
      const objective = promises.objectives[id]
      return objective === undefined ? [] : [headroomOf({ row, comparison, pooled }, id, objective)]
    })
  })
}
