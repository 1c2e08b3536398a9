/**
 * Records the live baseline from the evidence of finished runs, all of them in one command:
 *
 *   for run in 1 2 3; do npx meshcert gate --only 'LOAD-100,LOAD-500,LOAD-1000'; done
 *   node suites/mesh/record-live-baseline.ts .evidence/RUN .evidence/RUN .evidence/RUN
 *   npx oxfmt suites/mesh/live-baseline.json
 *
 * on a machine that does nothing else. Use other runs than those that calibrated the cost model of the simulation, or the
 * agreement that LOAD-MODEL judges would be a fit and not a prediction. A run counts for the sizes that it holds; runs of
 * other sources or machines than the first are refused, and so is a size whose premises broke.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { bucketsOf, rankMs } from '../evidence/histogram.ts'
import { Evidence } from '../evidence/record.ts'
import { bandRanks, baselineRows, liveBaselineFile, type LiveBaseline, type LiveRun } from './live-baseline.ts'

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
    const broken = record.premises.find(({ measured, limit }) => measured > limit)
    if (broken !== undefined) {
      const { claim, measured, limit, unit } = broken
      throw new Error(`${name} of ${directory}: ${claim} is ${measured} ${unit}, ${limit} allowed. Run it again, idle.`)
    }
    const found = record.observations.find(({ type, name: of }) => type === 'histogram' && of === objective)
    if (found?.type !== 'histogram') throw new Error(`${name} holds no latencies: that run did not get so far.`)
    const buckets = bucketsOf(found)
    const at = (quantile: number) => rankMs(buckets, Math.ceil(quantile * found.n)) ?? Number.NaN
    const run = basename(directory)
    const timerProfile = profileIn(record)
    const medianBandMs: [number, number] = [at(bandRanks[0]), at(bandRanks[1])]
    return [{ run, nodes, timerProfile, n: found.n, p50Ms: at(0.5), p99Ms: at(0.99), medianBandMs }]
  })
  if (runs.length === 0) throw new Error(`${directory} holds no load row on processes: run it with --only 'LOAD-*'.`)
  return runs
}

const directories = process.argv.slice(2)
const [first] = directories
if (first === undefined) throw new Error('Name the runs: node suites/mesh/record-live-baseline.ts .evidence/RUN …')
/** Sources and machine of a run: all runs of one baseline share them. */
function origin(directory: string): Pick<LiveBaseline, 'inputs' | 'machine'> {
  const { node, platform, cpu, cores } = Environment.parse(readJson(directory, 'environment.json'))
  const { inputs } = Plan.parse(readJson(directory, 'plan.json'))
  return { inputs, machine: `${cores} × ${cpu}, ${platform}, Node ${node}` }
}

const shared = origin(first)
for (const directory of directories) {
  if (JSON.stringify(origin(directory)) !== JSON.stringify(shared))
    throw new Error(`${directory} was made from other sources or on another machine than ${first}: run both again.`)
}
const baseline: LiveBaseline = {
  schema: 'meshcert/live-baseline/v3',
  ...shared,
  runs: directories.flatMap(runsFrom).toSorted((a, b) => a.nodes - b.nodes),
}
writeFileSync(liveBaselineFile, `${JSON.stringify(baseline, null, 2)}\n`)
const told = baseline.runs.map(
  ({ run, nodes, timerProfile, n, p50Ms }) => `${run}: ${nodes} nodes, ${timerProfile}, p50 ${p50Ms} ms of ${n}`,
)
process.stdout.write(`${told.join('\n')}\n`)
