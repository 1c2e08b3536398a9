/**
 * Benchmarks, each paired with a baseline in the same run: ratios are reported, for absolute times
 * say more about the machine than about us. `npm run bench [name …]`.
 */
import { glob } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** What a file of this room exports as `bench`: the same work done by us and by the baseline. */
const Bench = z.object({
  name: z.string(),
  /** What one call of either does. */
  unit: z.string(),
  ours: z.custom<() => void | Promise<void>>((value) => typeof value === 'function'),
  baseline: z.custom<() => void | Promise<void>>((value) => typeof value === 'function'),
})
type Bench = z.infer<typeof Bench>

const pairs = 15
const warmUps = 3

async function timeMs(work: () => void | Promise<void>): Promise<number> {
  const start = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - start) / 1e6
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Interleaved pairs in alternating order (ABBA), so that drift of the machine hits both alike. */
async function measure({ ours, baseline }: Bench): Promise<{ oursMs: number; baselineMs: number; ratios: number[] }> {
  const oursMs: number[] = []
  const baselineMs: number[] = []
  for (let pair = -warmUps; pair < pairs; pair += 1) {
    const first = pair % 2 === 0
    const a = first ? await timeMs(ours) : null
    const b = await timeMs(baseline)
    const own = a ?? (await timeMs(ours))
    if (pair < 0) continue
    oursMs.push(own)
    baselineMs.push(b)
  }
  return {
    oursMs: median(oursMs),
    baselineMs: median(baselineMs),
    ratios: oursMs.map((own, index) => (baselineMs[index] ?? Number.NaN) / own),
  }
}

const wanted = process.argv.slice(2)
const room = fileURLToPath(new URL('.', import.meta.url))
let ran = 0
for await (const file of glob('*.ts', { cwd: room })) {
  if (file === 'main.ts' || file.endsWith('.self.test.ts')) continue
  const loaded: { bench?: unknown } = await import(new URL(file, import.meta.url).href)
  const bench = Bench.parse(loaded.bench)
  if (wanted.length > 0 && !wanted.includes(bench.name)) continue
  const { oursMs, baselineMs, ratios } = await measure(bench)
  const sorted = ratios.toSorted((a, b) => a - b)
  process.stdout.write(
    `${bench.name}: ours ${oursMs.toFixed(2)} ms, baseline ${baselineMs.toFixed(2)} ms per ${bench.unit}; baseline / ours median ${median(ratios).toFixed(2)} [${(sorted[0] ?? Number.NaN).toFixed(2)} … ${(sorted.at(-1) ?? Number.NaN).toFixed(2)}] over ${pairs} pairs\n`,
  )
  ran += 1
}
if (ran === 0) {
  process.stderr.write(`No benchmark ${wanted.length > 0 ? `is called ${wanted.join(', ')}` : `lies in ${room}`}.\n`)
  process.exitCode = 64
}
