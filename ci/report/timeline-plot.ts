/** Courses of faults as small multiples on one axis of time: a line of panels for each row, a column for each tier. */
import { scaleLinear, type ScaleLinear } from 'd3-scale'
import { sla } from '../../sla.config.ts'
import { counted, figure } from '../verdict/figures.ts'
import type { FaultCourse } from './fault-course.ts'
import { markup, type Markup } from './markup.ts'
import { secondsText } from './timed-series.ts'

export type TimelinePanel = {
  readonly requirement: string
  readonly tier: string
  readonly course: FaultCourse
  /** Of what is judged: a detection counts from the injection, everything else from where its recovery does. */
  readonly limit: { readonly s: number; readonly of: 'detection' | 'recovery' } | null
}

const frame = { width: 820, left: 86, top: 26, bottom: 40, gap: 14, figures: 58 } as const
const lane = { height: 15, title: 17, gap: 12 } as const
const lanes = ['fault', 'effect proven', 'detected', 'first success', 'steady'] as const
const panelHeight = lane.title + lanes.length * lane.height + lane.gap

const px = (value: number): string => String(Math.round(value * 10) / 10)

/** Nothing of a course lies outside of these. */
function extentOf(panels: readonly TimelinePanel[]): readonly [number, number] {
  const instants = panels.flatMap(({ course, limit }) => {
    const { armedS, provenS, undoneS, detectedS, fromS, firstSuccessS, recoveryS } = course
    const held = fromS === null || recoveryS === null ? null : fromS + recoveryS + sla.chaos.steadyHeldS
    const limitAt = limit === null ? null : limitAtS(course, limit)
    const success = fromS === null || firstSuccessS === null ? null : fromS + firstSuccessS
    return [armedS, provenS, undoneS, detectedS, success, held, limitAt].filter((at) => at !== null)
  })
  return [Math.min(0, ...instants), Math.max(1, ...instants)]
}

function limitAtS({ fromS }: FaultCourse, { s, of }: NonNullable<TimelinePanel['limit']>): number | null {
  if (of === 'detection') return s
  return fromS === null ? null : fromS + s
}

type Place = { readonly top: number; readonly x: ScaleLinear<number, number>; readonly right: number }

const middleOf = (top: number, index: number): number => top + lane.title + (index + 0.5) * lane.height

function bar(kind: string, [from, to]: readonly [number, number], y: number, x: Place['x']): Markup {
  return markup`<line class="${kind}" x1="${px(x(from))}" x2="${px(Math.max(x(to), x(from) + 1))}" y1="${px(y)}" y2="${px(y)}"/>`
}

const dot = (at: number, y: number, x: Place['x']): Markup =>
  markup`<circle class="at" cx="${px(x(at))}" cy="${px(y)}" r="3.5"/>`

/** How long something took from an instant, with its end as a dot; nothing where either is not told. */
function waited(fromS: number | null, tookS: number | null, y: number, x: Place['x']): Markup | null {
  if (fromS === null || tookS === null) return null
  return markup`${bar('wait', [fromS, fromS + tookS], y, x)}${dot(fromS + tookS, y, x)}`
}

function lanesOf({ course }: TimelinePanel, { top, x }: Place): readonly (Markup | null)[] {
  const { armedS, provenS, undoneS, detectedS, fromS, firstSuccessS, recoveryS } = course
  const y = (index: number) => middleOf(top, index)
  const [, end = 0] = x.domain()
  const steadyS = fromS === null || recoveryS === null ? null : fromS + recoveryS
  const armed = armedS === null ? null : markup`<path class="armed" d="M${px(x(armedS))},${px(y(0) - 6)}v12"/>`
  return [
    markup`${bar('fault', [0, undoneS ?? end], y(0), x)}${armed}`,
    waited(0, provenS, y(1), x),
    waited(0, detectedS, y(2), x),
    waited(fromS, firstSuccessS, y(3), x),
    steadyS === null
      ? null
      : markup`${bar('held', [steadyS, steadyS + sla.chaos.steadyHeldS], y(4), x)}${waited(fromS, recoveryS, y(4), x)}`,
  ]
}

function panelMarkup(panel: TimelinePanel, place: Place): Markup {
  const { requirement, course, limit } = panel
  const { top, x, right } = place
  const { fault, repeat, of, provenS, undoneS, detectedS, fromS, firstSuccessS, recoveryS } = course
  const [start = 0] = x.range()
  const [first, last] = [middleOf(top, 0) - lane.height / 2, middleOf(top, lanes.length - 1) + lane.height / 2]
  const vertical = (at: number, kind: string) =>
    markup`<line class="${kind}" x1="${px(x(at))}" x2="${px(x(at))}" y1="${px(first)}" y2="${px(last)}"/>`
  const plus = (seconds: number | null) =>
    seconds === null || fromS === 0 ? seconds?.toFixed(3) : `+${seconds.toFixed(3)}`
  const told = [
    secondsText(undoneS),
    secondsText(provenS),
    secondsText(detectedS),
    plus(firstSuccessS),
    plus(recoveryS),
  ]
  const limitAt = limit === null ? null : limitAtS(course, limit)
  const which = of === 1 ? '' : `, ${figure(repeat + 1)} of ${figure(of)}`
  return markup`<text class="name" x="${px(start)}" y="${px(top + 11)}">${requirement}<tspan class="which">: ${fault}${which}</tspan></text>
${x.ticks(6).map((tick) => vertical(tick, 'grid'))}${limitAt === null ? null : vertical(limitAt, 'limit')}
${lanesOf(panel, place)}${told.map((text, index) => markup`<text x="${px(right)}" y="${px(middleOf(top, index) + 4)}" text-anchor="end">${text ?? '–'}</text>`)}
`
}

const laneNames = (top: number): readonly Markup[] =>
  lanes.map(
    (name, index) =>
      markup`<text x="${frame.left - 8}" y="${px(middleOf(top, index) + 4)}" text-anchor="end">${name}</text>`,
  )

function axisMarkup(tier: string, x: Place['x'], floor: number): Markup {
  const [from = 0, to = 0] = x.range()
  const ticks = x
    .ticks(6)
    .map((tick) => markup`<text x="${px(x(tick))}" y="${floor + 14}" text-anchor="middle">${figure(tick)}</text>`)
  return markup`<text class="title" x="${px(from)}" y="14">${tier}</text>
<line class="axis" x1="${px(from)}" x2="${px(to)}" y1="${floor}" y2="${floor}"/>
${ticks}<text class="title" x="${px((from + to) / 2)}" y="${floor + 30}" text-anchor="middle">since the injection, s</text>`
}

/** Null without a course. Seconds to the right of a lane are those of its end; with a plus, they count from the end of the fault. */
export function timelinePlot(panels: readonly TimelinePanel[], tiers: readonly string[]): Markup | null {
  const lines = [...Map.groupBy(panels, ({ requirement }) => requirement).values()]
  const columns = tiers.filter((tier) => panels.some((panel) => panel.tier === tier))
  if (lines.length === 0 || columns.length === 0) return null
  const width = (frame.width - frame.left) / columns.length
  const domain = extentOf(panels)
  const scaleOf = (column: number) => {
    const from = frame.left + column * width
    return scaleLinear([...domain], [from, from + width - frame.figures - frame.gap])
  }
  const floor = frame.top + lines.length * panelHeight
  const drawn = lines.map((line, index) => {
    const top = frame.top + index * panelHeight
    const own = line.map((panel) => {
      const column = columns.indexOf(panel.tier)
      return panelMarkup(panel, { top, x: scaleOf(column), right: frame.left + (column + 1) * width - frame.gap })
    })
    return markup`${laneNames(top)}
${own}`
  })
  const axes = columns.map((tier, column) => axisMarkup(tier, scaleOf(column), floor))
  const label = `Courses of ${counted(panels.length, 'fault')}, of ${lines.map(([first]) => first?.requirement ?? '').join(', ')}; their figures stand in the table`
  return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${frame.width} ${floor + frame.bottom}" role="img" aria-label="${label}" class="chart timelines">
${drawn}${axes}
</svg>`
}

/** What only these drawings need. */
export const timelineStyle = `.fault{stroke:#765000;stroke-width:7}.wait{stroke:#1d5fa8;stroke-width:1.5}.at{fill:#1d5fa8}.held{stroke:#b9d0ea;stroke-width:7}
.armed{stroke:#1c2127;stroke-width:2}.which{font-weight:400}`

export const timelineCaption =
  'One repeat of each row and tier, the slowest of so many. Brown: the fault, from its injection to its end; the black mark is the instant at which what undoes it was armed. Blue: from the injection, or from where recovery counts, to what is named at the left; pale: the steady state that was held. Dashed red: the limit of what is judged.'
