import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Live runs that the modelled latency is held against, as measured: see `record-live-baseline.ts`. */
export const LiveBaseline = z.object({
  schema: z.literal('meshcert/live-baseline/v1'),
  /** Digests of what went into the first run: suite, promises, target. */
  inputs: z.record(z.string(), z.string()),
  /** Processor, cores, platform and Node of the machine. */
  machine: z.string(),
  runs: z
    .array(z.object({ run: z.string(), nodes: z.int(), n: z.int().positive(), p50Ms: z.number(), p99Ms: z.number() }))
    .min(1),
})
export type LiveBaseline = z.infer<typeof LiveBaseline>

export const liveBaselineFile = new URL('./live-baseline.json', import.meta.url)

/** The committed record; throws, naming the command that makes it, when there is none. */
export function readLiveBaseline(): LiveBaseline {
  let text: string
  try {
    text = readFileSync(liveBaselineFile, 'utf8')
  } catch {
    throw new Error(
      'No live baseline: run `npx meshcert gate --only LOAD-100` and record it with suites/mesh/record-live-baseline.ts.',
    )
  }
  return LiveBaseline.parse(JSON.parse(text))
}
