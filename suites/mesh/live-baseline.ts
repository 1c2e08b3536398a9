import { readFileSync } from 'node:fs'
import { z } from 'zod'

export const LiveRun = z.object({
  run: z.string(),
  nodes: z.int(),
  timerProfile: z.string(),
  n: z.int().positive(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** One rank in a hundred to either side of the median. */
  medianBandMs: z.tuple([z.number(), z.number()]),
})
export type LiveRun = z.infer<typeof LiveRun>

/** Live runs that the modelled latency is held against, as measured: see `record-live-baseline.ts`. */
export const LiveBaseline = z.object({
  schema: z.literal('meshcert/live-baseline/v3'),
  /** Digests of what went into the first run: suite, promises, target. */
  inputs: z.record(z.string(), z.string()),
  /** Processor, cores, platform and Node of the machine. */
  machine: z.string(),
  runs: z.array(LiveRun).min(1),
})
export type LiveBaseline = z.infer<typeof LiveBaseline>

/** Ranks of the band: see `medianDifference`. */
export const bandRanks = [0.49, 0.51] as const

/** The load row whose run stands for each size. */
export const baselineRows = [
  { requirement: 'LOAD-100', nodes: 100, objective: 'beacon-latency-100' },
  { requirement: 'LOAD-500', nodes: 500, objective: 'beacon-latency-500' },
  { requirement: 'LOAD-1000', nodes: 1_000, objective: 'beacon-latency' },
] as const

export const liveBaselineFile = new URL('./live-baseline.json', import.meta.url)

const howTo = 'record runs of it with suites/mesh/record-live-baseline.ts, whose first lines say how.'

/** The committed record; throws, naming the script that makes it, when there is none. */
export function readLiveBaseline(): LiveBaseline {
  let text: string
  try {
    text = readFileSync(liveBaselineFile, 'utf8')
  } catch {
    throw new Error(`No live baseline: ${howTo}`)
  }
  return LiveBaseline.parse(JSON.parse(text))
}

/** Runs of one size, at least one; throws where none is recorded. */
export function liveRuns({ runs }: LiveBaseline, nodes: number): readonly LiveRun[] {
  const found = runs.filter((live) => live.nodes === nodes)
  if (found.length === 0) throw new Error(`The live baseline holds no run of ${nodes} nodes: ${howTo}`)
  return found
}
