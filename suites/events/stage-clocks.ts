/** What two clocks say of each stage of an event's way: the target's own, and the suite's. */
import { sla, type ObjectiveId, type Quantile } from '../../sla.config.ts'
import { closedCellOf, totalOf, type Cells } from '../evidence/cells.ts'
import type { StageClocks } from '../evidence/clocks.ts'
import { nearestRank } from '../evidence/nearest-rank.ts'
import { grownBetween, ownClockOf } from '../evidence/own-clock.ts'
import type { Observe } from '../evidence/recorder.ts'

export const stages = ['inference', 'assessment', 'routing', 'remediation', 'incident-response', 'end-to-end'] as const
export type Stage = (typeof stages)[number]

const quantiles = ['p50', 'p95', 'p99'] as const
const quantileOf: { readonly [Q in (typeof quantiles)[number]]: Quantile } = { p50: 0.5, p95: 0.95, p99: 0.99 }

const seriesOf = (stage: Stage) =>
  stage === 'end-to-end' ? { name: 'events_end_to_end_seconds' } : { name: 'events_stage_seconds', labels: { stage } }

const objectiveOf = (stage: Stage, quantile: (typeof quantiles)[number]): ObjectiveId => `${stage}-${quantile}`

/** An edge in ms that came as seconds: what the conversion added must not carry it over a limit that stands exactly there. */
const exactMs = (ms: number): number => Number(ms.toPrecision(12))

/** What the target timed between two readings of its metrics, stage by stage; a stage that it does not time is left out. */
export function timedBetween(before: readonly string[], after: readonly string[]): ReadonlyMap<Stage, Cells> {
  return new Map(
    stages.flatMap((stage) => {
      const series = seriesOf(stage)
      const cells = grownBetween(ownClockOf(before, series), ownClockOf(after, series))
      return cells === null || totalOf(cells.counts) === 0 ? [] : [[stage, cells] as const]
    }),
  )
}

/** A cell's samples count as its upper edge, beyond the last one as far over every limit: never less than they took. */
function judgeInside(observe: Observe, stage: Stage, { edgesMs, counts }: Cells): void {
  const beyond = 2 * Math.max(...edgesMs)
  for (const [at, count] of counts.entries()) {
    const ms = exactMs(edgesMs[at] ?? beyond)
    for (const quantile of quantiles)
      for (let sample = 0; sample < count; sample += 1) observe.duration(`${objectiveOf(stage, quantile)}:inside`, ms)
  }
}

type Clocks = {
  readonly timed: ReadonlyMap<Stage, Cells>
  /** What the suite saw of a stage, in ms; stages without an outside are left out. */
  readonly seen: ReadonlyMap<Stage, readonly number[]>
  readonly seconds: number
}

/** Judges each stage by both clocks and keeps their quantiles and differences: the own clock tells cells, so a difference has bounds. */
export function observeStages(observe: Observe, { timed, seen, seconds }: Clocks): void {
  const rows = stages.map((stage) => {
    const cells = timed.get(stage)
    const outside = seen.get(stage)
    if (cells !== undefined) judgeInside(observe, stage, cells)
    for (const ms of outside ?? [])
      for (const quantile of quantiles) observe.duration(`${objectiveOf(stage, quantile)}:outside`, ms)
    return {
      stage,
      timed: cells === undefined ? 0 : totalOf(cells.counts),
      seen: outside?.length ?? null,
      quantiles: quantiles.map((quantile) => {
        const insideMs = cells === undefined ? null : closedCellOf(cells, quantileOf[quantile])
        const outsideMs = outside === undefined ? null : nearestRank(outside, quantileOf[quantile])
        const both = insideMs === null || outsideMs === null
        const differenceMs = both
          ? null
          : { atLeast: outsideMs - insideMs.atMost, atMost: outsideMs - insideMs.atLeast }
        return { quantile, limitMs: limitOf(stage, quantile), insideMs, outsideMs, differenceMs }
      }),
    }
  })
  const document: StageClocks = { schema: 'meshcert/stage-clocks/v1', rows }
  observe.file('stages', 'clocks', JSON.stringify(document, null, 2))
  for (const { stage, quantiles: own } of rows)
    for (const { quantile, differenceMs } of own) {
      if (differenceMs === null) continue
      const name = `${stage} ${quantile}: seen from outside beyond the target's own clock`
      observe.count(`${name}, at least`, 'ms', differenceMs.atLeast, seconds)
      observe.count(`${name}, at most`, 'ms', differenceMs.atMost, seconds)
    }
}

function limitOf(stage: Stage, quantile: (typeof quantiles)[number]): number | null {
  const objective = sla.objectives[objectiveOf(stage, quantile)]
  return objective.kind === 'latency' ? objective.limit : null
}
