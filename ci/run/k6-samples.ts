import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'

/** One raw sample of our own metrics, as k6's JSON output writes it. */
export type K6Sample = {
  readonly metric: string
  readonly atMs: number
  readonly value: number
  readonly tags: Readonly<Record<string, string>>
}

const Point = z.object({
  metric: z.string(),
  data: z.object({ time: z.string(), value: z.number(), tags: z.record(z.string(), z.string()) }),
})

/** k6's own samples, a dozen for each request, are told by the first bytes of their line and never parsed. */
const ours = '{"metric":"mc_'
const definition = '"type":"Metric"'

/** Reads a raw output (`--out json=….gz`) sample by sample. Throws when the file is cut short or holds something else. */
export async function* readSamples(file: string): AsyncGenerator<K6Sample> {
  const compressed = createReadStream(file)
  const text = compressed.pipe(createGunzip())
  compressed.on('error', (error) => text.destroy(error))
  // A stream's error does not reach who iterates over its lines; it is thrown here.
  let broken: Error | null = null
  text.on('error', (error) => {
    broken = error
    lines.close()
  })
  const lines = createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) {
    if (!line.startsWith(ours) || line.slice(0, 80).includes(definition)) continue
    const { metric, data } = Point.parse(JSON.parse(line))
    yield { metric, atMs: Date.parse(data.time), value: data.value, tags: data.tags }
  }
  if (broken !== null) throw broken
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
})
export type K6End = z.infer<typeof K6End>
