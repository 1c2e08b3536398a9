/**
 * Records the live baseline from the evidence of finished runs:
 *
 *   npx meshcert gate --only 'LOAD-100,LOAD-500,LOAD-1000'    (three times, on a machine that does nothing else)
 *   node suites/mesh/record-live-baseline.ts .evidence/RUN .evidence/RUN .evidence/RUN
 *
 * Use other runs than those that calibrated the cost model of the simulation, or the agreement that LOAD-MODEL judges
 * would be a fit and not a prediction. A run counts for the sizes that it holds.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { bucketsOf, rankMs } from '../evidence/histogram.ts'
import { Evidence } from '../evidence/record.ts'
import { baselineRows, liveBaselineFile, type LiveBaseline, type LiveRun } from './live-baseline.ts'

const Plan = z.object({ inputs: z.record(z.string(), z.string()) })
const Environment = z.object({ node: z.string(), platform: z.string(), cpu: z.string(), cores: z.int() })

const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'))

/** The timer profile that the scenario found in force, as it told with its receipts. */
const profileIn = ({ premises }: Evidence): string =>
  premises.map(({ detail = '' }) => / under the timer profile (\S+)$/.exec(detail)?.[1]).find(Boolean) ?? 'not told'

function runsFrom(directory: string): readonly LiveRun[] {
  const names = readdirSync(join(directory, 'records'))
  const runs = baselineRows.flatMap(({ requirement, nodes, objective }) => {
    const name = names
      .filter((candidate) => candidate.startsWith(`${requirement}@processes`))
      .sort()
      .at(-1)
    if (name === undefined) return []
    const record = Evidence.parse(readJson(directory, 'records', name))
    const found = record.observations.find(({ type, name: of }) => type === 'histogram' && of === objective)
    if (found?.type !== 'histogram') throw new Error(`${name} holds no latencies: that run did not get so far.`)
    const buckets = bucketsOf(found)
    const at = (quantile: number) => rankMs(buckets, Math.ceil(quantile * found.n)) ?? Number.NaN
    const run = basename(directory)
    return [{ run, nodes, timerProfile: profileIn(record), n: found.n, p50Ms: at(0.5), p99Ms: at(0.99) }]
  })
  if (runs.length === 0) throw new Error(`${directory} holds no load row on processes: run it with --only 'LOAD-*'.`)
  return runs
}

const directories = process.argv.slice(2)
const [first] = directories
if (first === undefined) throw new Error('Name the runs: node suites/mesh/record-live-baseline.ts .evidence/RUN …')
const { node, platform, cpu, cores } = Environment.parse(readJson(first, 'environment.json'))
const baseline: LiveBaseline = {
  schema: 'meshcert/live-baseline/v2',
  inputs: Plan.parse(readJson(first, 'plan.json')).inputs,
  machine: `${cores} × ${cpu}, ${platform}, Node ${node}`,
  runs: directories.flatMap(runsFrom),
}
writeFileSync(liveBaselineFile, `${JSON.stringify(baseline, null, 2)}\n`)
const told = baseline.runs.map(
  ({ run, nodes, timerProfile, n, p50Ms }) => `${run}: ${nodes} nodes, ${timerProfile}, p50 ${p50Ms} ms of ${n}`,
)
process.stdout.write(`${told.join('\n')}\n`)
