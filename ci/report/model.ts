import type { Evidence, Premise } from '../../suites/evidence/record.ts'
import type { RunFiles, StoredEvidence } from '../../suites/evidence/stored.ts'
import type { RunDocument, RunRow } from '../../suites/evidence/verdict.ts'
import { readJson, readRun } from '../bundle/statements.ts'
import { fidelityOf, type MeasuredFidelity } from './fidelity.ts'
import { chaosOf, type MeasuredChaos } from './measured-chaos.ts'
import { clocksOf, type MeasuredClocks } from './clocks.ts'
import { scenariosOf, type MeasuredScenario } from './load-scenarios.ts'
import { growthsOf, studyOf, type LoadStudy } from './load-study.ts'
import { readRunDocument } from '../run/run-document.ts'
import { headroomOfRun, type Headroom } from '../verdict/headroom.ts'
import { isBelievable } from '../verdict/judge.ts'
import type { Plan } from '../verdict/plan.ts'
import { named, pool, type ObservationOf, type PooledLatency } from '../verdict/pool.ts'
import type { ObjectiveData, ObjectiveOf, RequirementData } from '../verdict/promises.ts'

/** A latency that was judged, with its promise. */
export type LatencyChart = { readonly latency: PooledLatency; readonly objective: ObjectiveOf<'latency'> }
export type RecoveryChart = { readonly series: ObservationOf<'series'>; readonly objective: ObjectiveOf<'recovery'> }

export type ReportRow = {
  readonly row: RunRow
  readonly data: RequirementData | undefined
  readonly headroom: readonly Headroom[]
  readonly seeds: readonly string[]
  readonly tookMs: number
  readonly premises: readonly Premise[]
  readonly faults: number
  /** Of the last stage, one a world. */
  readonly eventLogHashes: readonly string[]
  readonly latencies: readonly LatencyChart[]
  readonly recoveries: readonly RecoveryChart[]
  /** What was counted beside what is judged. */
  readonly counters: readonly ObservationOf<'counter'>[]
  /** Documents that were kept beside the record. */
  readonly files: readonly ObservationOf<'file'>[]
  /** Handshakes that ran at a time while the mesh healed, at the most; null where nobody counted them. */
  readonly handshakesMost: number | null
}

export type Report = {
  readonly plan: Plan
  readonly document: RunDocument
  readonly environment: Readonly<Record<string, unknown>>
  /** What decides comes first: failures, doubts, exemptions, the rest; by id within each. */
  readonly rows: readonly ReportRow[]
  /** What rows told of the load that they watched. */
  readonly scenarios: readonly MeasuredScenario[]
  /** Meshes that were grown to their limit. */
  readonly load: readonly LoadStudy[]
  /** Clocks of one load beside each other. */
  readonly clocks: readonly MeasuredClocks[]
  /** Simulated figures beside live ones of the same scenarios. */
  readonly fidelity: readonly MeasuredFidelity[]
  /** What chaos rows did and found. */
  readonly chaos: readonly MeasuredChaos[]
}

export const verdictOrder = ['FAIL', 'INCONCLUSIVE', 'EXEMPT', 'PASS', 'NOT-APPLICABLE'] as const

/** Under this name a row records the peak of each of its runs. */
const handshakesSeries = 'handshakes at a time'
const larger = (one: number, other: number): number => Math.max(one, other)

function charts(
  data: RequirementData | undefined,
  objectives: Plan['promises']['objectives'],
  evidence: readonly Evidence[],
  histories: StoredEvidence['histories'],
) {
  const cited = data === undefined ? [] : [data.objective, ...(data.further ?? [])]
  const pooled = pool(evidence, histories)
  const of = <K extends ObjectiveData['kind']>(kind: K) =>
    cited.flatMap((id): { id: string; objective: ObjectiveOf<K> }[] => {
      const objective = objectives[id]
      return objective?.kind === kind ? [{ id, objective: objective as ObjectiveOf<K> }] : []
    })
  return {
    latencies: of('latency').flatMap(({ id, objective }) =>
      named(pooled.latencies, id)
        .filter(({ n }) => n > 0)
        .map((latency) => ({ latency, objective })),
    ),
    recoveries: of('recovery').flatMap(({ id, objective }) =>
      named(pooled.series, id)
        .filter(({ values, censored }) => values.length + censored > 0)
        .map((series) => ({ series, objective })),
    ),
    handshakesMost: pooled.series.find(({ name }) => name === handshakesSeries)?.values.reduce(larger) ?? null,
  }
}

function reportRow(row: RunRow, plan: Plan, stored: StoredEvidence, headroom: readonly Headroom[]): ReportRow {
  const own = stored.evidence.filter(({ requirement, tier }) => requirement === row.id && tier === row.tier)
  const data = plan.promises.rows[row.id]
  const believed = own.filter(isBelievable)
  return {
    row,
    data,
    headroom: headroom.filter(({ id, tier }) => id === row.id && tier === row.tier),
    seeds: own.map(({ seed }) => seed),
    tookMs: own.reduce((sum, { tookMs }) => sum + tookMs, 0),
    premises: own.flatMap(({ premises }) => premises),
    faults: own.reduce((sum, { faults }) => sum + faults.length, 0),
    counters: own.flatMap(({ observations }) => observations.filter((one) => one.type === 'counter')),
    files: own.flatMap(({ observations }) => observations.filter((one) => one.type === 'file')),
    eventLogHashes: own.at(-1)?.eventLogHashes ?? [],
    // What was not believed is drawn only where there is nothing else to show.
    ...charts(data, plan.promises.objectives, believed.length > 0 ? believed : own, stored.histories),
  }
}

/** Everything that reports show, from a run's files. Throws where the run has no verdict or files were changed. */
export function readReport(files: RunFiles): Report {
  const { plan, stored } = readRun(files)
  const document = readRunDocument(files)
  const environment = files.has('environment.json') ? readJson(files, 'environment.json') : {}
  const headroom = headroomOfRun(plan, stored, plan.promises)
  const rows = document.requirements
    .map((row) => reportRow(row, plan, stored, headroom))
    .sort(
      (a, b) =>
        verdictOrder.indexOf(a.row.verdict) - verdictOrder.indexOf(b.row.verdict) ||
        (a.row.id < b.row.id ? -1 : a.row.id > b.row.id ? 1 : a.row.tier < b.row.tier ? -1 : 1),
    )
  return {
    plan,
    document,
    environment: { ...(environment as object) },
    rows,
    scenarios: scenariosOf(stored),
    load: growthsOf(stored).map(studyOf),
    clocks: clocksOf(stored),
    fidelity: fidelityOf(stored),
    chaos: chaosOf(files, { stored, plan, document }),
  }
}
