/**
 * Records the live baseline from the evidence of finished runs:
 *
 *   npx meshcert gate --only LOAD-100            (three times, on a machine that does nothing else)
 *   node suites/mesh/record-live-baseline.ts .evidence/RUN .evidence/RUN .evidence/RUN
 *
 * Use other runs than those that calibrated the cost model of the simulation, or the agreement that
 * LOAD-MODEL-a judges would be a fit and not a prediction.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { bucketsOf, rankMs } from '../evidence/histogram.ts'
import { Evidence } from '../evidence/record.ts'
import { liveBaselineFile, type LiveBaseline } from './live-baseline.ts'

const Plan = z.object({ inputs: z.record(z.string(), z.string()) })
const Environment = z.object({ node: z.string(), platform: z.string(), cpu: z.string(), cores: z.int() })

const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'))

function runFrom(directory: string): LiveBaseline['runs'][number] {
  const names = readdirSync(join(directory, 'records')).filter((name) => name.startsWith('LOAD-100@processes'))
  const name = names.sort().at(-1)
  if (name === undefined) throw new Error(`${directory} holds no LOAD-100 on processes: run it with --only LOAD-100.`)
  const { observations } = Evidence.parse(readJson(directory, 'records', name))
  const found = observations.find(({ type, name: of }) => type === 'histogram' && of === 'beacon-latency-100')
  if (found?.type !== 'histogram') throw new Error(`${name} holds no latencies: that run did not get so far.`)
  const buckets = bucketsOf(found)
  const at = (quantile: number) => rankMs(buckets, Math.ceil(quantile * found.n)) ?? Number.NaN
  return { run: basename(directory), nodes: 100, n: found.n, p50Ms: at(0.5), p99Ms: at(0.99) }
}

const directories = process.argv.slice(2)
const [first] = directories
if (first === undefined) throw new Error('Name the runs: node suites/mesh/record-live-baseline.ts .evidence/RUN …')
const { node, platform, cpu, cores } = Environment.parse(readJson(first, 'environment.json'))
const baseline: LiveBaseline = {
  schema: 'meshcert/live-baseline/v1',
  inputs: Plan.parse(readJson(first, 'plan.json')).inputs,
  machine: `${cores} × ${cpu}, ${platform}, Node ${node}`,
  runs: directories.map(runFrom),
}
writeFileSync(liveBaselineFile, `${JSON.stringify(baseline, null, 2)}\n`)
process.stdout.write(`${baseline.runs.map(({ run, n, p50Ms }) => `${run}: p50 ${p50Ms} ms of ${n}`).join('\n')}\n`)
