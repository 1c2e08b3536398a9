/** What a run tells of its chaos rows: verdicts, every timing, what proved the faults, and the course of the worst repeat. */
import { z } from 'zod'
import type { Evidence } from '../../suites/evidence/record.ts'
import type { RunFiles, StoredEvidence } from '../../suites/evidence/stored.ts'
import { RunRow, type RunDocument } from '../../suites/evidence/verdict.ts'
import { isBelievable } from '../verdict/judge.ts'
import type { Plan } from '../verdict/plan.ts'
import { pool } from '../verdict/pool.ts'
import { FaultCourse, worstCourse } from './fault-course.ts'
import { readFaultJournal, type FaultJournal } from './fault-journal.ts'
import { repeatsOf } from './fault-repeats.ts'
import { inMs, TimedSeries } from './timed-series.ts'

export const MeasuredChaos = z.object({
  ...RunRow.omit({ observed: true, limit: true, unit: true, interval: true }).shape,
  claim: z.string(),
  /** Objectives by which it was judged. */
  objectives: z.array(z.string()),
  timings: z.array(TimedSeries),
  /** Faults by name and driver. */
  faults: z.array(z.object({ fault: z.string(), driver: z.string(), n: z.int(), proven: z.int() })),
  /** What proved the effect in the repeat that is drawn, or in the first. */
  seen: z.array(z.string()),
  /** What the faults left. */
  residue: z.array(z.string()),
  course: FaultCourse.nullable(),
})
export type MeasuredChaos = z.infer<typeof MeasuredChaos>

export const tierOrder: readonly string[] = ['simulation', 'processes', 'containers', 'cluster']

const isChaos = (id: string): boolean => /^(CHAOS-|SELF-UNDO|SELF-REPLAY)/.test(id)

type Told = { readonly stored: StoredEvidence; readonly plan: Plan; readonly journal: FaultJournal }

/** In the order in which they pass; whatever else is timed comes after them. */
const stations = ['detection', 'first success', 'recovery']
const placeOf = ({ name }: { readonly name: string }): number => {
  const place = stations.indexOf(name.replace(/:.*$/, ''))
  return place < 0 ? stations.length : place
}

/** Times of a row; `recovery:far` is a part of what `recovery` promises. */
function timingsOf(evidence: readonly Evidence[], id: string, { stored, plan }: Told): readonly TimedSeries[] {
  const { objective, further = [] } = plan.promises.rows[id] ?? {}
  const limits = new Map(
    [objective, ...further].flatMap((name) => {
      const own = plan.promises.objectives[name ?? '']
      return name !== undefined && own !== undefined && 'unit' in own && own.unit === 's'
        ? [[name, own.limit] as const]
        : []
    }),
  )
  const limitOf = (name: string) => limits.get(name.replace(/:.*$/, '')) ?? null
  return pool(evidence, stored.histories)
    .series.filter(({ unit, values, censored }) => unit === 's' && values.length + censored > 0)
    .map(({ name, values, censored, resolutions = [] }) => ({
      name,
      values: values.map(inMs),
      censored,
      resolutionS: values.length > 0 && resolutions.length === values.length ? inMs(Math.max(...resolutions)) : null,
      limitS: limitOf(name),
    }))
    .toSorted((one, other) => placeOf(one) - placeOf(other))
}

/** Details of what proved the faults, for one repeat where every repeat has as many. */
function seenIn(evidence: readonly Evidence[], { repeat, of }: { readonly repeat: number; readonly of: number }) {
  const all = evidence.flatMap(({ premises }) =>
    premises.flatMap(({ claim, detail = '' }) => (claim === 'fault effect' && detail !== '' ? [detail] : [])),
  )
  const each = all.length / of
  return Number.isInteger(each) ? all.slice(repeat * each, (repeat + 1) * each) : all.slice(0, 1)
}

function faultsOf(evidence: readonly Evidence[]): MeasuredChaos['faults'] {
  const all = evidence.flatMap(({ faults }) => faults)
  return [...Map.groupBy(all, ({ fault, driver }) => `${fault}, ${driver}`).values()].flatMap((own) => {
    const [first] = own
    if (first === undefined) return []
    const proven = own.filter(({ effectProvenAtMs }) => effectProvenAtMs !== null).length
    return [{ fault: first.fault, driver: first.driver, n: own.length, proven }]
  })
}

function rowOf(row: RunRow, told: Told): MeasuredChaos {
  const { stored, plan, journal } = told
  const { id, tier, scope, verdict, n, reason, replay } = row
  const own = stored.evidence.filter((record) => record.requirement === id && record.tier === tier)
  const believed = own.filter(isBelievable)
  // What was not believed is shown only where there is nothing else.
  const shown = believed.length > 0 ? believed : own
  const data = plan.promises.rows[id]
  const timings = [...timingsOf(shown, id, told)]
  const repeats = repeatsOf(shown.flatMap(({ faults }) => faults))
  const course = worstCourse(repeats, timings, journal)
  return {
    id,
    tier,
    scope,
    verdict,
    n,
    reason,
    replay,
    claim: data?.claim ?? '',
    objectives: data === undefined ? [] : [data.objective, ...(data.further ?? [])],
    timings,
    faults: faultsOf(shown),
    seen: seenIn(shown, { repeat: course?.repeat ?? 0, of: repeats.length }),
    residue: shown.flatMap(({ faults }) => faults.flatMap(({ residue }) => residue)),
    course,
  }
}

/** Every chaos row of a run, in the order of its name. */
export function chaosOf(
  files: RunFiles,
  { stored, plan, document }: { readonly stored: StoredEvidence; readonly plan: Plan; readonly document: RunDocument },
): readonly MeasuredChaos[] {
  const rows = document.requirements.filter(({ id }) => isChaos(id))
  if (rows.length === 0) return []
  const told = { stored, plan, journal: readFaultJournal(files) }
  const nameOf = ({ id, tier }: RunRow): string => `${id} ${tierOrder.indexOf(tier)}`
  return rows
    .toSorted((one, other) => nameOf(one).localeCompare(nameOf(other), 'en', { numeric: true }))
    .map((row) => rowOf(row, told))
}
