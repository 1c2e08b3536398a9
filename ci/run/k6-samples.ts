import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'

/** One raw sample of our own metrics, as k6's JSON output writes it. */
export type K6Sample = {
  readonly metric: string
  readonly atMs: number
  readonly value: number
  readonly tags: Readonly<Record<string, string>>
  /** Number of the arrival that it belongs to; null outside of one. */
  readonly arrival: number | null
}

const Point = z.object({
  metric: z.string(),
  data: z.object({
    time: z.string(),
    value: z.number(),
    tags: z.record(z.string(), z.string()),
    metadata: z.object({ arrival: z.coerce.number().optional() }).optional(),
  }),
})

/** k6's own samples, a dozen for each request, are told by the first bytes of their line and never parsed. */
const ours = '{"metric":"mc_'
const definition = '"type":"Metric"'

/** Lines of a gzip file, an error of either stream thrown where they are read. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const compressed = createReadStream(file)
  const text = compressed.pipe(createGunzip()).setEncoding('utf8')
  compressed.on('error', (error) => text.destroy(error))
  let rest = ''
  for await (const chunk of text) {
    const parts = (rest + String(chunk)).split('\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
  if (rest !== '') yield rest
}

/** Reads a raw output (`--out json=….gz`) sample by sample. Throws when the file is cut short or holds something else. */
export async function* readSamples(file: string): AsyncGenerator<K6Sample> {
  for await (const line of linesOf(file)) {
    if (!line.startsWith(ours) || line.slice(0, 80).includes(definition)) continue
    const { metric, data } = Point.parse(JSON.parse(line))
    yield {
      metric,
      atMs: Date.parse(data.time),
      value: data.value,
      tags: data.tags,
      arrival: data.metadata?.arrival ?? null,
    }
  }
}

/** What `handleSummary` gets from k6: the numbers of each metric and what became of its thresholds. */
export const K6Summary = z.object({
  metrics: z.record(
    z.string(),
    z.object({
      values: z.record(z.string(), z.number().nullable()),
      thresholds: z.record(z.string(), z.object({ ok: z.boolean() })).optional(),
    }),
  ),
})
export type K6Summary = z.infer<typeof K6Summary>

/** The last line of a supervised k6. */
export const K6End = z.object({
  exitCode: z.int(),
  signal: z.string(),
  timedOut: z.boolean(),
  cpuS: z.number(),
  wallS: z.number(),
  maxRssKiB: z.number(),
  /** Whether it ran with real-time priority, which only root may give it. */
  realTime: z.boolean(),
})
export type K6End = z.infer<typeof K6End>
