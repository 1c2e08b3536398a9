import { readFileSync } from 'node:fs'
import { z } from 'zod'

export const LiveRun = z.object({
  run: z.string(),
  nodes: z.int(),
  timerProfile: z.string(),
  n: z.int().positive(),
  p50Ms: z.number(),
  p99Ms: z.number(),
})
export type LiveRun = z.infer<typeof LiveRun>

/** Live runs that the modelled latency is held against, as measured: see `record-live-baseline.ts`. */
export const LiveBaseline = z.object({
  schema: z.literal('meshcert/live-baseline/v2'),
  /** Digests of what went into the first run: suite, promises, target. */
  inputs: z.record(z.string(), z.string()),
  /** Processor, cores, platform and Node of the machine. */
  machine: z.string(),
  runs: z.array(LiveRun).min(1),
})
export type LiveBaseline = z.infer<typeof LiveBaseline>

/** The load row whose run stands for each size. */
export const baselineRows = [
  { requirement: 'LOAD-100', nodes: 100, objective: 'beacon-latency-100' },
  { requirement: 'LOAD-500', nodes: 500, objective: 'beacon-latency-500' },
  { requirement: 'LOAD-1000', nodes: 1_000, objective: 'beacon-latency' },
] as const

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

export const liveRuns = ({ runs }: LiveBaseline, nodes: number): readonly LiveRun[] =>
  runs.filter((live) => live.nodes === nodes)
