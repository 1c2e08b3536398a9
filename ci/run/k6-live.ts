/** Metrics of a load while it runs: what its generators say each second, added up. */
import { z } from 'zod'
import { mergeBuckets, rankMs, type Bucket } from '../../suites/evidence/histogram.ts'

/** What a generator says once a second of the time since it last did: `k6/extensions/meshcert/live.go`. */
const LiveLine = z.object({
  atMs: z.number(),
  finished: z.int().nonnegative(),
  failures: z.int().nonnegative(),
  checksFailed: z.int().nonnegative(),
  dropped: z.int().nonnegative(),
  /** By quantity: latencies by the upper end of their histogram cell in µs. */
  cells: z.record(z.string(), z.record(z.string().regex(/^\d+$/), z.int().positive())),
})
type LiveLine = z.infer<typeof LiveLine>

type Sum = Pick<LiveLine, 'finished' | 'failures' | 'checksFailed' | 'dropped'> & {
  /** Cells of every quantity. */
  readonly latencies: ReadonlyMap<string, readonly Bucket[]>
}

export type LiveMerge = {
  /** Takes one line of standard output of a generator; others than live ones are left alone. */
  readonly take: (generator: number, line: string) => void
  readonly total: () => Sum
  /** The longest stretch of a load of so many seconds, in ms and of each generator, from which it told of no sample. */
  readonly silencesMs: (seconds: number) => readonly number[]
}

const prefix = 'live '

function parseLine(text: string): LiveLine | null {
  try {
    return LiveLine.parse(JSON.parse(text))
  } catch {
    return null
  }
}

const bucketsOf = (cells: Readonly<Record<string, number>>): readonly Bucket[] =>
  Object.entries(cells).map(([upToUs, count]) => ({ upToMs: Number(upToUs) / 1_000, count }))

function sumOf(lines: readonly LiveLine[]): Sum {
  const of = (key: 'finished' | 'failures' | 'checksFailed' | 'dropped') =>
    lines.reduce((sum, line) => sum + line[key], 0)
  const names = new Set(lines.flatMap(({ cells }) => Object.keys(cells)))
  const latencies = [...names].map((name) => {
    const parts = lines.map(({ cells }) => bucketsOf(cells[name] ?? {}))
    return [name, mergeBuckets(parts)] as const
  })
  return {
    finished: of('finished'),
    failures: of('failures'),
    checksFailed: of('checksFailed'),
    dropped: of('dropped'),
    latencies: new Map(latencies),
  }
}

/** p99 of merged cells in ms, as the upper end of the cell that holds it; null without a sample. */
export function liveP99({ latencies }: Sum, name: string): number | null {
  const buckets = latencies.get(name) ?? []
  const n = buckets.reduce((sum, { count }) => sum + count, 0)
  return rankMs(buckets, Math.ceil(n * 0.99)) ?? null
}

const tellsOfSamples = ({ finished, failures, dropped, cells }: LiveLine): boolean =>
  finished + failures + dropped > 0 || Object.keys(cells).length > 0

/** k6 speaks while it prepares, too, and says nothing then: only lines with samples count, by when they came. */
function silenceMs(lines: readonly LiveLine[], fromMs: number, seconds: number): number {
  const toMs = fromMs + seconds * 1_000
  const told = lines.filter((line) => tellsOfSamples(line) && line.atMs >= fromMs && line.atMs <= toMs)
  const ends = [fromMs, ...told.map(({ atMs }) => atMs).sort((a, b) => a - b), toMs]
  return Math.max(...ends.slice(1).map((atMs, index) => atMs - (ends[index] ?? fromMs)))
}

type Merge = {
  readonly generators: number
  /** The quantity whose p99 is told. */
  readonly name: string
  /** Host ms at which the load starts; null: when the first line comes. */
  readonly startAtMs: number | null
}

/**
 * Adds up what generators say. Once each of them has told of a second of the load, `tell` gets a line
 * with the rate, p99 and errors of that second over all of them. A line cut off by a killed generator
 * is left out: the sums then fall short of the raw samples, which is checked.
 */
export function mergeLive({ generators, name, startAtMs }: Merge, tell: (line: string) => void): LiveMerge {
  const lines = Array.from({ length: generators }, (): LiveLine[] => [])
  let fromMs = startAtMs
  let untold: { readonly second: number; readonly line: LiveLine }[] = []
  const latest = Array.from({ length: generators }, () => Number.NEGATIVE_INFINITY)
  const tellOf = (second: number): void => {
    // One that came when its second had been told of already is told of with the next.
    const sum = sumOf(untold.flatMap((one) => (one.second <= second ? [one.line] : [])))
    untold = untold.filter((one) => one.second > second)
    if (sum.finished + sum.dropped + sum.failures === 0) return
    const p99 = liveP99(sum, name)
    const errors = sum.failures + sum.checksFailed + sum.dropped
    tell(`${sum.finished}/s, p99 ${p99 === null ? '–' : `${p99.toFixed(1)} ms`}, ${errors} errors`)
  }
  return {
    take: (generator, line) => {
      if (!line.startsWith(prefix)) return
      const said = parseLine(line.slice(prefix.length))
      if (said === null) return
      fromMs ??= said.atMs
      const second = Math.floor((said.atMs - fromMs) / 1_000)
      lines[generator]?.push(said)
      untold.push({ second, line: said })
      latest[generator] = Math.max(latest[generator] ?? second, second)
      const complete = Math.min(...latest)
      const seconds = new Set(untold.map((one) => one.second).filter((one) => one <= complete))
      for (const one of [...seconds].sort((a, b) => a - b)) tellOf(one)
    },
    total: () => sumOf(lines.flat()),
    silencesMs: (seconds) => lines.map((own) => silenceMs(own, fromMs ?? 0, seconds)),
  }
}
