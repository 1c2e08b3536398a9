/** Recoveries of a whole run in one drawing: their distribution for each row, and the limit that none may reach. */
import { scaleLinear } from 'd3-scale'
import { z } from 'zod'
import { median } from '../../suites/evidence/median.ts'
import { counted, figure, percent } from '../verdict/figures.ts'
import { markup, type Markup } from './markup.ts'
import type { Report } from './model.ts'
import { inMs } from './timed-series.ts'

/** Recoveries from the faults of one row on one tier; of one that is judged in parts each part is one of these. */
export const Recovered = z.object({
  requirement: z.string(),
  part: z.string().nullable(),
  tier: z.string(),
  /** Seconds, each of one run; to the millisecond. */
  values: z.array(z.number()),
  /** Runs that never recovered. */
  censored: z.int().nonnegative(),
  limitS: z.number(),
  /** Handshakes that ran at a time, at the most, where they were counted. */
  handshakesMost: z.number().nullable(),
})
export type Recovered = z.infer<typeof Recovered>

/** Every recovery of a run, by row and tier. */
export const recoveriesOf = ({ rows }: Pick<Report, 'rows'>): readonly Recovered[] =>
  rows
    .flatMap(({ row, recoveries, handshakesMost }) =>
      recoveries.map(({ series, objective }) => ({
        requirement: row.id,
        part: series.name.split(':')[1] ?? null,
        tier: row.tier,
        values: series.values.map(inMs),
        censored: series.censored,
        limitS: objective.limit,
        handshakesMost,
      })),
    )
    .toSorted((one, other) => nameOf(one).localeCompare(nameOf(other), 'en', { numeric: true }))

const nameOf = ({ requirement, part, tier }: Drawn): string =>
  `${requirement}${part === null ? '' : ` ${part}`}, ${tier}`

const frame = { width: 720, left: 200, right: 150, top: 22, bottom: 38, line: 26 } as const

const px = (value: number): string => String(Math.round(value * 10) / 10)

/** Recoveries that share a bar, in px. */
const barPx = 4
/** Width of a point, in px. */
const pointPx = 3
const barHeight = { least: 5, most: frame.line - 6 } as const

/** Bars as high as the recoveries that they stand for are many, the highest of each row alike. */
function barsOf(values: readonly number[], base: number, x: (seconds: number) => number): string {
  const bars = Map.groupBy(values, (value) => Math.round(x(value) / barPx))
  const most = Math.max(...[...bars.values()].map((own) => own.length))
  const { least, most: full } = barHeight
  return [...bars]
    .toSorted(([one], [other]) => one - other)
    .map(([bar, own]) => `M${bar * barPx},${px(base)}v${px(-least - ((full - least) * own.length) / most)}`)
    .join('')
}

/** A point for each recovery, those that share a bar above one another; what no screen tells apart is drawn once. */
function pointsOf(values: readonly number[], base: number, x: (seconds: number) => number): string {
  const bars = Map.groupBy(values, (value) => Math.round(x(value) / barPx))
  const points = [...bars].flatMap(([bar, own]) => {
    const apart = Math.min(pointPx, (barHeight.most - pointPx) / own.length)
    return own.map((_, above) => `M${bar * barPx},${px(base - pointPx - Math.round(above * apart))}h0`)
  })
  return [...new Set(points)].join('')
}

/** What is drawn of a row. */
export type Drawn = Omit<Recovered, 'handshakesMost'>

type Drawing = {
  /** What the axis shows, without its unit. */
  readonly axis: string
  /** What runs are called, and those that are censored. */
  readonly runs: string
  readonly never: string
  /** Each run as a point, or runs as bars. */
  readonly isPoints: boolean
}
const usual: Drawing = { axis: 'recovery', runs: 'recoveries', never: 'never recovered', isPoints: false }

type Line = { readonly base: number; readonly x: (seconds: number) => number; readonly isPoints: boolean }

function lineOf(recovered: Drawn, { base, x, isPoints }: Line): Markup {
  const { values, censored, limitS } = recovered
  const middle = median(values)
  const course = middle === undefined ? '' : `: ${figure(inMs(middle))}, ${figure(Math.max(...values))} s`
  const never = censored > 0 ? markup`<tspan class="never">, ${figure(censored)} never</tspan>` : null
  const mark =
    middle === undefined
      ? null
      : markup`<line class="median" x1="${px(x(middle))}" x2="${px(x(middle))}" y1="${isPoints ? base : base - 6}" y2="${isPoints ? base + 6 : base + 3}"/>`
  return markup`<text x="${frame.left - 10}" y="${base - 6}" text-anchor="end">${nameOf(recovered)}</text>
<line class="grid" x1="${frame.left}" x2="${frame.width - frame.right}" y1="${base}" y2="${base}"/>
<path class="${isPoints ? 'points' : 'bars'}" d="${(isPoints ? pointsOf : barsOf)(values, base, x)}"/>${mark}
<line class="limit" x1="${px(x(limitS))}" x2="${px(x(limitS))}" y1="${base - frame.line}" y2="${base}"/>
<text x="${frame.width - frame.right + 10}" y="${base - 6}">${figure(values.length + censored)}${course}${never}</text>`
}

/** Above the first row that has it. */
function limitNames(recoveries: readonly Drawn[], x: (seconds: number) => number): readonly Markup[] {
  const limits = [...new Set(recoveries.map(({ limitS }) => limitS))]
  return limits.map((limit) => {
    const first = recoveries.findIndex(({ limitS }) => limitS === limit)
    return markup`<text x="${px(x(limit))}" y="${frame.top + first * frame.line - 5}" text-anchor="middle">limit ${figure(limit)} s</text>`
  })
}

/** Null where nothing was to recover. The short mark below a row is its median; beside it stand runs, median and largest. */
export function recoveryPlot(recoveries: readonly Drawn[], drawing: Drawing = usual): Markup | null {
  if (recoveries.length === 0) return null
  const all = recoveries.flatMap(({ values, limitS }) => [...values, limitS])
  // What ended before it was counted took less than nothing.
  const x = scaleLinear([Math.min(0, ...all), Math.max(...all) * 1.03], [frame.left, frame.width - frame.right])
  const floor = frame.top + recoveries.length * frame.line
  const { axis, isPoints } = drawing
  const runs = recoveries.reduce((sum, { values, censored }) => sum + values.length + censored, 0)
  const slowest = Math.max(0, ...recoveries.flatMap(({ values }) => values))
  const never = recoveries.reduce((sum, { censored }) => sum + censored, 0)
  const label = `${figure(runs)} ${drawing.runs} of ${counted(recoveries.length, 'row')}: the slowest took ${figure(slowest)} s; ${figure(never)} ${drawing.never}`
  const ticks = x
    .ticks(6)
    .map((tick) => markup`<text x="${px(x(tick))}" y="${floor + 16}" text-anchor="middle">${figure(tick)}</text>`)
  return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${frame.width} ${floor + frame.bottom}" role="img" aria-label="${label}" class="chart recoveries">
${limitNames(recoveries, x)}${recoveries.map((one, place) => lineOf(one, { base: frame.top + (place + 1) * frame.line, x, isPoints }))}
<line class="axis" x1="${frame.left}" x2="${frame.width - frame.right}" y1="${floor}" y2="${floor}"/>${ticks}
<text class="title" x="${px((frame.left + frame.width - frame.right) / 2)}" y="${floor + 32}" text-anchor="middle">${axis}, s</text>
<text x="${frame.width - frame.right + 10}" y="${floor + 16}">runs: median, slowest</text>
</svg>`
}

/** What the drawing shows, for the text below it. */
export const recoveryCaption =
  'Time from a fault, or from its end, to the first steady state that is held: the higher a bar, the more runs took so long; the short mark below is the median of its row. No run may reach the limit.'

export const recoveryColumns = [
  'Requirement',
  'Tier',
  'Runs',
  'Never recovered',
  'Median, s',
  'Largest, s',
  'Limit, s',
  'Room',
  'Handshakes at a time',
] as const

/** The figures of one line of the drawing, in the order of the columns. */
export function recoveryCells({
  requirement,
  part,
  tier,
  values,
  censored,
  limitS,
  handshakesMost,
}: Recovered): readonly string[] {
  const largest = values.length === 0 ? null : Math.max(...values)
  return [
    part === null ? requirement : `${requirement} ${part}`,
    tier,
    figure(values.length + censored),
    figure(censored),
    ...[median(values), largest, limitS].map((seconds) => seconds?.toFixed(2) ?? '–'),
    // One that never recovered has used up all room.
    censored > 0 || largest === null ? 'none' : percent(1 - largest / limitS),
    handshakesMost === null ? '–' : `at most ${figure(handshakesMost)}`,
  ]
}
