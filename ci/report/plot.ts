import { scaleLinear, scaleLog } from 'd3-scale'
import { line as lineOf } from 'd3-shape'
import { figure } from '../verdict/figures.ts'
import { markup, type Markup } from './markup.ts'

export type PlotPoint = { readonly x: number; readonly y: number; readonly bad?: boolean }

export type PlotSeries = {
  readonly name: string
  readonly points: readonly PlotPoint[]
  /** A model is drawn as a dashed line without dots, what was measured as dots with a line. */
  readonly model?: boolean
}

export type Plot = {
  /** What the plot shows, for those who can't see it. */
  readonly label: string
  readonly x: string
  readonly y: string
  readonly series: readonly PlotSeries[]
  /** What may not be reached. */
  readonly limit?: { readonly y: number; readonly name: string }
  /** Instants on the x axis that matter. */
  readonly marks?: readonly { readonly x: number; readonly name: string }[]
  readonly logarithmic?: boolean
}

const frame = { width: 560, height: 300, left: 62, right: 116, top: 26, bottom: 42 } as const
const floor = frame.height - frame.bottom
/** Names at the right end keep this distance from one another. */
const lineHeight = 13
/** Names of marks stand beside one another above the plot. */
const markNameWidth = 100

const px = (value: number): string => String(Math.round(value * 100) / 100)
const finite = (points: readonly PlotPoint[]) => points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))

function scales({ series, limit, marks = [], logarithmic = false }: Plot) {
  const points = series.flatMap((one) => finite(one.points))
  const ys = [...points.map(({ y }) => y), ...(limit === undefined ? [] : [limit.y])]
  const right = Math.max(1, ...points.map(({ x }) => x), ...marks.map(({ x }) => x)) * 1.03
  const x = scaleLinear([0, right], [frame.left, frame.width - frame.right])
  const top = Math.max(...ys, Number.MIN_VALUE)
  const positive = ys.filter((y) => y > 0)
  const y = logarithmic
    ? scaleLog([Math.min(...positive, top) / 1.5, top * 1.5], [floor, frame.top]).clamp(true)
    : scaleLinear([0, top * 1.08], [floor, frame.top]).clamp(true)
  return { x, y }
}

type Scales = ReturnType<typeof scales>

/** About five round values of an axis; of a logarithmic one its powers of ten, with twos and fives where there are few. */
function ticksOf(scale: Scales['y'], logarithmic: boolean): readonly number[] {
  if (!logarithmic) return scale.ticks(5)
  const [low = 1, high = 10] = scale.domain()
  const powers = Array.from({ length: 13 }, (_, index) => 10 ** (index - 6))
  const coarse = powers.filter((tick) => tick >= low && tick <= high)
  if (coarse.length > 2) return coarse
  return powers.flatMap((power) => [power, 2 * power, 5 * power]).filter((tick) => tick >= low && tick <= high)
}

/** Names of the series where their lines end, moved apart where they would overlap. */
function names(plot: Plot, { x, y }: Scales): Markup {
  const ends = plot.series
    .flatMap(({ name, points }, index) => {
      const last = finite(points).at(-1)
      return last === undefined ? [] : [{ name, index, at: y(last.y), x: x(last.x) }]
    })
    .toSorted((a, b) => a.at - b.at)
  let lowest = Number.NEGATIVE_INFINITY
  const placed = ends.map((end) => {
    lowest = Math.max(end.at + 4, lowest + lineHeight)
    return markup`<text class="name series-${end.index + 1}" x="${frame.width - frame.right + 8}" y="${px(lowest)}">${end.name}</text>`
  })
  return markup`${placed}`
}

function seriesMarkup({ points, model = false }: PlotSeries, index: number, { x, y }: Scales): Markup {
  const drawn = finite(points)
  const path = lineOf<PlotPoint>()
    .digits(1)
    .x((point) => x(point.x))
    .y((point) => y(point.y))([...drawn])
  const kind = `series-${index + 1}`
  const dots = model
    ? []
    : drawn.map((point) =>
        point.bad === true
          ? markup`<path class="bad" d="M${px(x(point.x) - 4)},${px(y(point.y) - 4)}l8,8m0,-8l-8,8"/>`
          : markup`<circle class="${kind}" cx="${px(x(point.x))}" cy="${px(y(point.y))}" r="3"/>`,
      )
  return markup`<path class="${model ? `model ${kind}` : `line ${kind}`}" d="${path ?? ''}"/>${dots}`
}

/** A static plot: lines named where they end, crosses for what failed, units on both axes. */
export function plotOf(plot: Plot): Markup {
  const { label, limit, marks = [], series, logarithmic = false } = plot
  const scale = scales(plot)
  const { x, y } = scale
  const { width, height, left, right, top } = frame
  const grid = ticksOf(y, logarithmic).map(
    (tick) =>
      markup`<line class="grid" x1="${left}" x2="${width - right}" y1="${px(y(tick))}" y2="${px(y(tick))}"/><text x="${left - 6}" y="${px(y(tick) + 4)}" text-anchor="end">${figure(tick)}</text>`,
  )
  const bottom = x
    .ticks(6)
    .map((tick) => markup`<text x="${px(x(tick))}" y="${floor + 16}" text-anchor="middle">${figure(tick)}</text>`)
  const limits =
    limit === undefined
      ? null
      : markup`<line class="limit" x1="${left}" x2="${width - right}" y1="${px(y(limit.y))}" y2="${px(y(limit.y))}"/><text x="${left + 4}" y="${px(y(limit.y) - 5)}">${limit.name}</text>`
  const marked = marks.map(
    (mark, index) =>
      markup`<line class="mark-${index + 1}" x1="${px(x(mark.x))}" x2="${px(x(mark.x))}" y1="${top}" y2="${floor}"/>`,
  )
  // Beside their lines they would lie on the curves.
  const markNames = marks.map((mark, index) => {
    const at = width - 8 - (marks.length - 1 - index) * markNameWidth
    return markup`<text class="mark-${index + 1}-name" x="${at}" y="14" text-anchor="end">${index === 0 ? '┊' : '│'} ${mark.name}</text>`
  })
  return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" class="chart plot">
${grid}<line class="axis" x1="${left}" x2="${width - right}" y1="${floor}" y2="${floor}"/>${bottom}
${limits}${marked}${series.map((one, index) => seriesMarkup(one, index, scale))}${names(plot, scale)}
<text class="title" x="${left}" y="14">${plot.y}</text>${markNames}<text x="${px((left + width - right) / 2)}" y="${height - 6}" text-anchor="middle">${plot.x}</text>
</svg>`
}
