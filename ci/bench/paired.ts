/** Pairs of one work done by us and by others, timed in turn in one process. `main.ts` starts it once for each file. */
import { basename } from 'node:path'
import { z } from 'zod'

type Work = () => void | Promise<void>
const Work = z.custom<Work>((value) => typeof value === 'function')

/** What a file of this room exports as `bench`. */
export const Bench = z.object({
  name: z.string(),
  /** What one call of any of them does, in items. */
  unit: z.object({ count: z.int().positive(), item: z.string() }),
  ours: Work,
  /** The same done otherwise, by name. A number is a duration in ms that is known beforehand. */
  baselines: z.record(z.string(), z.union([Work, z.number().positive()])),
  /** What the reader has to know of the work that was timed, asked afterwards. */
  note: z.custom<() => string>((value) => typeof value === 'function').optional(),
  /** Puts away what was made for it. */
  end: z.custom<() => Promise<void>>((value) => typeof value === 'function').optional(),
})
export type Bench = z.infer<typeof Bench>

/** Each pair's ms of ours and of one baseline. */
export type Pairs = {
  readonly name: string
  readonly oursMs: readonly number[]
  readonly baselineMs: readonly number[]
}

const pairs = 15
const warmUps = 3

const hostMs = (): number => Number(process.hrtime.bigint()) / 1e6

async function timeMs(work: Work | number, nowMs: () => number): Promise<number> {
  if (typeof work === 'number') return work
  const startMs = nowMs()
  await work()
  return nowMs() - startMs
}

/** Interleaved, every other round in reverse (ABBA), so that drift of the machine hits all alike. */
export async function measure({ ours, baselines }: Bench, nowMs: () => number = hostMs): Promise<readonly Pairs[]> {
  const works = [['ours', ours] as const, ...Object.entries(baselines)]
  const timesMs = new Map(works.map(([name]) => [name, [] as number[]]))
  for (let round = -warmUps; round < pairs; round += 1) {
    for (const [name, work] of round % 2 === 0 ? works : works.toReversed()) {
      const tookMs = await timeMs(work, nowMs)
      if (round >= 0) timesMs.get(name)?.push(tookMs)
    }
  }
  const [[, oursMs] = ['ours', []], ...others] = timesMs
  return others.map(([name, baselineMs]) => ({ name, oursMs, baselineMs }))
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const perItem = (timesMs: readonly number[], { count, item }: Bench['unit']): string =>
  `${((median(timesMs) * 1e3) / count).toFixed(2)} µs per ${item}`

/** Ratios pair by pair: above 1, ours is that much faster. */
export const ratiosOf = ({ oursMs, baselineMs }: Pairs): readonly number[] =>
  oursMs.map((own, index) => (baselineMs[index] ?? Number.NaN) / own)

function print(bench: Bench, measured: readonly Pairs[]): string {
  const { name, unit, note } = bench
  const lines = measured.map((pairing) => {
    const ratios = ratiosOf(pairing)
    const sorted = ratios.toSorted((a, b) => a - b).map((ratio) => ratio.toFixed(3))
    const spread = `${median(ratios).toFixed(3)} [${sorted[0]} … ${sorted.at(-1)}] × ours`
    return `  ${pairing.name}: ${spread}, ${perItem(pairing.baselineMs, unit)}`
  })
  const head = `${name}: ours ${perItem(measured[0]?.oursMs ?? [], unit)}, ${unit.count} a call, ${pairs} pairs`
  return [head, ...lines, ...(note === undefined ? [] : [`  (${note()})`]), ''].join('\n')
}

/** What a file exports as `course` instead: a search that no pairs would show. Answers what it found, in lines. */
type Course = () => Promise<string>
const isCourse = (value: unknown): value is Course => typeof value === 'function'

if (process.argv[1] === import.meta.filename) {
  const file = basename(process.argv[2] ?? '')
  const loaded: { bench?: unknown; course?: unknown } = await import(new URL(file, import.meta.url).href)
  if (isCourse(loaded.course)) process.stdout.write(await loaded.course())
  else {
    const bench = Bench.parse(loaded.bench)
    try {
      process.stdout.write(print(bench, await measure(bench)))
    } finally {
      await bench.end?.()
    }
  }
}
