import { scaleLinear, scaleLog } from 'd3-scale'
import { line as lineOf, curveStepAfter } from 'd3-shape'
import { figure, percent } from '../verdict/figures.ts'
import { median } from '../../suites/evidence/median.ts'
import { markup, type Markup } from './markup.ts'
import type { LatencyChart, RecoveryChart } from './model.ts'

/** Two decimals are a tenth of what a screen can show, and keep the same run's page the same bytes. */
const px = (value: number): string => String(Math.round(value * 100) / 100)

const frame = { width: 560, height: 240, left: 58, right: 16, top: 16, bottom: 40 } as const

/** Powers of ten within a domain, at most about six of them; where there are hardly any, twice and five times them too. */
function decades(from: number, to: number): readonly number[] {
  const first = Math.ceil(Math.log10(from) - 1e-9)
  const last = Math.floor(Math.log10(to) + 1e-9)
  if (last - first < 2) {
    const fine = [1, 2, 5].flatMap((factor) => [first - 1, first, last].map((power) => factor * 10 ** power))
    return [...new Set(fine)].filter((tick) => tick >= from && tick <= to).sort((a, b) => a - b)
  }
  const step = Math.max(1, Math.ceil((last - first + 1) / 6))
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => 10 ** (first + index * step))
}

function tailPoints({ latency }: LatencyChart): readonly (readonly [number, number])[] {
  let over = latency.n
  return latency.buckets.map(({ upToMs, count }) => {
    over -= count
    return [Math.max(upToMs, 0.001), over / latency.n] as const
  })
}

/** Points that a screen can tell apart: a histogram has thousands of cells, the curve some hundred corners. The last one stays. */
function visible(points: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  let [lastX, lastY] = [-1, -1]
  return points.filter(([x, y], index) => {
    if (index < points.length - 1 && Math.abs(x - lastX) < 0.7 && Math.abs(y - lastY) < 0.7) return false
    ;[lastX, lastY] = [x, y]
    return true
  })
}

/**
 * Share of samples above each latency, both axes logarithmic: the promise is one corner, and the
 * curve must pass below it to the left. A density would hide the tail, which is what is promised.
 */
export function latencyTail(chart: LatencyChart): Markup {
  const { latency, objective } = chart
  const { limit, quantile } = objective
  const { width, height, left, right, top, bottom } = frame
  const points = tailPoints(chart)
  const least = 1 / latency.n / 2
  const xs = points.map(([ms]) => ms)
  const x = scaleLog([Math.min(...xs, limit) / 1.3, Math.max(...xs, limit) * 1.5], [left, width - right]).clamp(true)
  const y = scaleLog([least, 1], [height - bottom, top]).clamp(true)
  const allowed = 1 - quantile
  const onScreen = points.map(([ms, share]) => [x(ms), y(Math.max(share, least))] as const)
  const path = lineOf<readonly [number, number]>().digits(1).curve(curveStepAfter)([[left, top], ...visible(onScreen)])
  const [xDomain, yDomain] = [x.domain(), y.domain()]
  const xTicks = decades(xDomain[0] ?? 1, xDomain[1] ?? 1)
  const yTicks = decades(yDomain[0] ?? 1, 1)
  const label = `Share of ${figure(latency.n)} samples of ${latency.name} above each latency; at most ${percent(allowed)} may be above ${figure(limit)} ms`
  const vertical = (at: number, kind: string) =>
    markup`<line class="${kind}" x1="${px(x(at))}" x2="${px(x(at))}" y1="${top}" y2="${height - bottom}"/>`
  const horizontal = (at: number, kind: string) =>
    markup`<line class="${kind}" x1="${left}" x2="${width - right}" y1="${px(y(at))}" y2="${px(y(at))}"/>`
  const xLabel = (tick: number) =>
    markup`<text x="${px(x(tick))}" y="${height - bottom + 16}" text-anchor="middle">${figure(tick)}</text>`
  const yLabel = (tick: number) =>
    markup`<text x="${left - 6}" y="${px(y(tick) + 4)}" text-anchor="end">${percent(tick)}</text>`
  const corner = { width: width - right - x(limit), height: y(allowed) - top }
  return markup`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" class="chart">
<rect class="forbidden" x="${px(x(limit))}" y="${top}" width="${px(corner.width)}" height="${px(corner.height)}"/>
${xTicks.map((tick) => markup`${vertical(tick, 'grid')}${xLabel(tick)}`)}
${yTicks.map((tick) => markup`${horizontal(tick, 'grid')}${yLabel(tick)}`)}
${vertical(limit, 'limit')}${horizontal(allowed, 'limit')}
<path class="curve" d="${path ?? ''}"/>
<text x="${width - right}" y="${height - 6}" text-anchor="end">ms</text>
<text x="${left}" y="${height - 6}">share above</text>
</svg>`
}

/** Every recovery as a dot on the axis of time, equal ones stacked, with the limit that none may reach. */
export function recoveryDots({ series, objective }: RecoveryChart): Markup {
  const { width, left, right, top, bottom } = { ...frame, left: 16 }
  const values = series.values.toSorted((a, b) => a - b)
  const x = scaleLinear([0, Math.max(...values, objective.limit) * 1.05], [left, width - right])
  const radius = 4
  const stacks = new Map<number, number>()
  const dots = values.map((value) => {
    const cell = Math.round(x(value) / (2 * radius))
    const level = stacks.get(cell) ?? 0
    stacks.set(cell, level + 1)
    return { x: cell * 2 * radius, level }
  })
  const highest = Math.max(...stacks.values())
  const height = top + bottom + Math.min(160, Math.max(40, highest * 2 * radius))
  const base = height - bottom
  const step = Math.min(2 * radius, (base - top) / highest)
  const middle = median(values) ?? 0
  const shown = (value: number) => `${figure(value)} ${series.unit}`
  const course = `between ${figure(values[0] ?? 0)} and ${shown(values.at(-1) ?? 0)}, median ${shown(middle)}`
  const label = `${figure(values.length)} recoveries ${course}, limit ${shown(objective.limit)}; ${figure(series.censored)} never recovered`
  const limitX = x(objective.limit)
  return markup`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" class="chart">
<rect class="forbidden" x="${px(limitX)}" y="${top}" width="${px(width - right - limitX)}" height="${px(base - top)}"/>
<line class="axis" x1="${left}" x2="${width - right}" y1="${base}" y2="${base}"/>
${x.ticks(6).map((tick) => markup`<text x="${px(x(tick))}" y="${base + 16}" text-anchor="middle">${figure(tick)}</text>`)}
${dots.map((dot) => markup`<circle cx="${px(dot.x)}" cy="${px(base - radius - dot.level * step)}" r="${radius - 0.5}"/>`)}
<line class="limit" x1="${px(limitX)}" x2="${px(limitX)}" y1="${top}" y2="${base}"/>
<line class="median" x1="${px(x(middle))}" x2="${px(x(middle))}" y1="${base - 10}" y2="${base + 4}"/>
<text x="${width - right}" y="${height - 6}" text-anchor="end">${series.unit}</text>
</svg>`
}

export type Gauge = {
  readonly observed: number
  readonly limit: number
  readonly interval: readonly [number, number] | null
  readonly unit: string
}

/** What was observed against its limit, on one line: bar, interval, limit mark. The scale of a share begins where the promise gets interesting. */
export function limitBar({ observed, limit, interval, unit }: Gauge): Markup {
  const [width, height] = [150, 18]
  const all = [observed, limit, ...(interval ?? [])]
  const isShare = unit === '1' && limit > 0.5 && Math.max(...all) <= 1
  const from = isShare ? Math.min(...all, 1 - 3 * (1 - limit)) : Math.min(0, ...all)
  const to = isShare ? 1 : Math.max(...all) * 1.1 || 1
  const x = scaleLinear([from, to], [1, width - 1]).clamp(true)
  const label = `observed ${figure(observed)} ${unit}, limit ${figure(limit)} ${unit}`
  const [low, high] = interval ?? [observed, observed]
  return markup`<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}" class="bar">
<rect class="track" x="0" y="3" width="${width}" height="8" rx="2"/>
<rect class="fill" x="${px(x(from))}" y="3" width="${px(Math.max(1, x(observed) - x(from)))}" height="8" rx="2"/>
<line class="whisker" x1="${px(x(low))}" x2="${px(x(high))}" y1="15" y2="15"/>
<line class="mark" x1="${px(x(limit))}" x2="${px(x(limit))}" y1="0" y2="13"/>
</svg>`
}
