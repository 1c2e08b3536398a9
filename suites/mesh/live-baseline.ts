import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { MeshStatus } from '../contract/mesh.ts'

export const LiveRun = z.object({
  run: z.string(),
  nodes: z.int(),
  timerProfile: z.string(),
  n: z.int().positive(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** One rank in a hundred to either side of the median. */
  medianBandMs: z.tuple([z.number(), z.number()]),
  /** Of the beacons that waited for no other: what work and the way took. Null: recorded before it was told. */
  processingMsP50: z.number().nullable(),
  processingMsP99: z.number().nullable(),
  /** Processor time of the processes that hold nodes, in seconds per second; null as above. */
  cores: z.number().nullable(),
})
export type LiveRun = z.infer<typeof LiveRun>

/** Live runs that modelled figures are held against, as measured: see `ci/tools/record-live-baseline.ts`. */
export const LiveBaseline = z.object({
  schema: z.literal('meshcert/live-baseline/v4'),
  recordedAt: z.string(),
  /** For the time being: premises of its runs broke, or they tell less than is asked today. It certifies nothing. */
  provisional: z.boolean(),
  /** Cores, processor and Node of the machine: the cost model has to be of the same. */
  machine: z.string(),
  /** What the target told of the sources of its mesh. */
  meshSources: z.string(),
  /** As in force in these runs. */
  timerProfiles: z.array(MeshStatus.shape.timerProfile),
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

/** The one command that records it and the cost model anew. */
export const renewal =
  'node ci/tools/record-live-baseline.ts, on a machine that does nothing else, and commit what it writes'

/** The committed record; throws, naming the command that makes it, when there is none. */
export function readLiveBaseline(): LiveBaseline {
  let text: string
  try {
    text = readFileSync(liveBaselineFile, 'utf8')
  } catch {
    throw new Error(`No live baseline. Record it: ${renewal}.`)
  }
  return LiveBaseline.parse(JSON.parse(text))
}

/** Runs of one size, at least one; throws where none is recorded. */
export function liveRuns({ runs }: LiveBaseline, nodes: number): readonly LiveRun[] {
  const found = runs.filter((live) => live.nodes === nodes)
  if (found.length === 0) throw new Error(`The live baseline holds no run of ${nodes} nodes. Record it: ${renewal}.`)
  return found
}
