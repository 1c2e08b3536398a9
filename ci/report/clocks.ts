/** What clocks of one load say beside each other, as rows kept it: the suite's, which verdicts are made by, and the target's own. */
import { Clocks, type EventClocks, type StageClocks } from '../../suites/evidence/clocks.ts'
import { EvidenceError } from '../../suites/evidence/evidence-error.ts'
import { documentText, type StoredEvidence } from '../../suites/evidence/stored.ts'
import { messageOf } from '../run/stop.ts'
import { figure, quantileName } from '../verdict/figures.ts'
import { isBelievable } from '../verdict/judge.ts'

export type MeasuredClocks = {
  readonly requirement: string
  readonly tier: string
  readonly stage: number
  /** It was not cut short, and its premises held: only then are its numbers part of a verdict. */
  readonly isBelieved: boolean
  readonly clocks: Clocks
}

function readClocks(stored: StoredEvidence, file: string): Clocks {
  try {
    return Clocks.parse(JSON.parse(documentText(stored, file)))
  } catch (error) {
    if (error instanceof EvidenceError) throw error
    throw new EvidenceError(`${file} tells of no clocks: ${messageOf(error)}`, { cause: error })
  }
}

/** Every comparison of clocks in a run; one that could not be believed says why the row could not, and is shown with that word. */
export const clocksOf = (stored: StoredEvidence): readonly MeasuredClocks[] =>
  stored.evidence.flatMap((record) => {
    const { requirement, tier, stage, observations } = record
    return observations.flatMap((one): MeasuredClocks[] =>
      one.type === 'file' && one.kind === 'clocks'
        ? [{ requirement, tier, stage, isBelieved: isBelievable(record), clocks: readClocks(stored, one.file) }]
        : [],
    )
  })

type Bounds = EventClocks['quantiles'][number]['ownMs']

const told = (ms: number | null): string => (ms === null ? '–' : figure(ms))
const between = (bounds: Bounds): string =>
  bounds === null ? '–' : `${figure(bounds.atLeast)} to ${figure(bounds.atMost)}`

function nameOf({ requirement, tier, stage, isBelieved }: MeasuredClocks, what: string): string {
  const facts = [requirement, tier, ...(stage === 0 ? [] : [`stage ${stage + 1}`]), what]
  return `${facts.join(', ')}${isBelieved ? '' : ' (not believed)'}`
}

/** A table of text: names of its columns, and a line for each quantile. */
export type ClockTable = { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }

const loadRows = (measured: MeasuredClocks, { shape, alerts, quantiles }: EventClocks): ClockTable['rows'] =>
  quantiles.map((one) => [
    nameOf(measured, `${shape}, ${figure(alerts)} alerts`),
    quantileName(one.quantile),
    told(one.fromIntendedMs),
    told(one.fromActualMs),
    between(one.ownMs),
    told(one.generatorLeavesOutMs),
    between(one.targetLeavesOutMs),
  ])

const stageRows = (measured: MeasuredClocks, { rows }: StageClocks): ClockTable['rows'] =>
  rows.flatMap(({ stage, timed, seen, quantiles }) =>
    quantiles.map((one) => [
      nameOf(measured, `${stage}, ${figure(timed)} timed, ${seen === null ? 'none' : figure(seen)} seen`),
      one.quantile,
      told(one.limitMs),
      between(one.insideMs),
      told(one.outsideMs),
      between(one.differenceMs),
    ]),
  )

const tableOf = (columns: readonly string[], rows: ClockTable['rows']): ClockTable | null =>
  rows.length === 0 ? null : { columns, rows }

/** All in ms. Latency of each load of events by three clocks; null without one. */
export const loadClockTable = (all: readonly MeasuredClocks[]): ClockTable | null =>
  tableOf(
    [
      'Load, ms',
      'Quantile',
      'From the intended send',
      'From the actual send',
      "Target's own",
      'Sender leaves out',
      'Target leaves out',
    ],
    all.flatMap((one) => (one.clocks.schema === 'meshcert/event-clocks/v1' ? loadRows(one, one.clocks) : [])),
  )

/** All in ms. Duration of each stage by two clocks; null without one. */
export const stageClockTable = (all: readonly MeasuredClocks[]): ClockTable | null =>
  tableOf(
    ['Stage, ms', 'Quantile', 'Limit', "Target's own", 'Seen from outside', 'Seen beyond its own'],
    all.flatMap((one) => (one.clocks.schema === 'meshcert/stage-clocks/v1' ? stageRows(one, one.clocks) : [])),
  )
