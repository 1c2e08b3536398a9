/**
 * Calibrates the cost model and records the live baseline, all in one command of some six minutes:
 *
 *   node ci/tools/record-live-baseline.ts [--provisional] [--runs RUN,RUN,…]
 *
 * on a machine that does nothing else; then commit `fixtures/simulation/cost-model.json` and `suites/mesh/live-baseline.json`.
 * The calibration has meshes of its own, of other sizes: what LOAD-MODEL judges is a prediction. Runs whose premises broke
 * are refused, and so is a machine that changed its speed meanwhile; with `--provisional` they are recorded, and said to be so.
 * `--runs` takes load runs that are finished instead, and leaves the cost model as it is.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'
import { sla } from '../../sla.config.ts'
import { bucketsOf, rankMs } from '../../suites/evidence/histogram.ts'
import { Evidence } from '../../suites/evidence/record.ts'
import {
  bandRanks,
  baselineRows,
  liveBaselineFile,
  type LiveBaseline,
  type LiveRun,
} from '../../suites/mesh/live-baseline.ts'
import { coresFigure, processingSeries } from '../../suites/mesh/live-figures.ts'
import { readYardstickMs } from '../../suites/mesh/yardstick.ts'
import { exitCodes } from '../run/stop.ts'

/** Live runs of each size. */
const times = 3
/** What calibration and runs may differ by in the machine's speed. */
const { machineDrift } = sla.objectives['baseline-margin']

const root = fileURLToPath(new URL('../../', import.meta.url))
const say = (line: string): void => void process.stderr.write(`${line}\n`)

const costModelFile = join(root, 'fixtures', 'simulation', 'cost-model.json')
const costModelBefore = readFileSync(costModelFile)

/** Ends without a baseline, and without the new cost model: the two are of one mesh and one hour. */
function refuse(why: string): never {
  writeFileSync(costModelFile, costModelBefore)
  say(`${why} Nothing is recorded.`)
  process.exit(exitCodes.inconclusive)
}

/** What stands in the way of a baseline that certifies; a provisional one only tells it. */
function object(problem: string): void {
  if (!provisional) refuse(`${problem} Run it again, idle; --provisional records it all the same.`)
  say(`provisional: ${problem}`)
}

/** Output of a command of this repository, which has told its troubles itself where it ends with none of these codes. */
function run(args: readonly string[], codes: readonly number[]): string {
  const { status, stdout } = spawnSync(process.execPath, [...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  })
  if (status === null || !codes.includes(status)) refuse(`node ${args.join(' ')} ended with ${status}.`)
  return stdout
}

const CostModel = z.object({ machine: z.string() })
const Environment = z.object({ node: z.string(), cpu: z.string(), cores: z.int() })
const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(root, ...path), 'utf8'))

const loadRun = (): string => {
  const only = baselineRows.map(({ requirement }) => requirement).join(',')
  // A row may miss its limit; what it showed is how it is.
  const document = run(['ci/meshcert.mjs', 'gate', '--tier', 'processes', '--only', only, '--json'], [0, 1, 2])
  return z.object({ run: z.string() }).parse(JSON.parse(document)).run
}

/** The timer profile that the scenario found in force, as it told with its receipts. */
const profileIn = ({ premises }: Evidence): string =>
  premises.map(({ detail = '' }) => / under the timer profile (\S+)$/.exec(detail)?.[1]).find(Boolean) ?? 'not told'

function quantilesOf({ observations, requirement }: Evidence, name: string) {
  const found = observations.find((one) => one.type === 'histogram' && one.name === name)
  if (found?.type !== 'histogram') return refuse(`${requirement} holds no ${name}: that run did not get so far.`)
  const buckets = bucketsOf(found)
  return { n: found.n, at: (quantile: number) => rankMs(buckets, Math.ceil(quantile * found.n)) ?? Number.NaN }
}

function figureOf({ observations, requirement }: Evidence, name: string): number {
  const found = observations.find((one) => one.type === 'series' && one.name === name)
  const value = found?.type === 'series' ? found.values[0] : undefined
  return value ?? refuse(`${requirement} holds no figure ${name}: does the target tell its processes?`)
}

/** The last record of a row, which is the escalation's where there was one. */
function recordOf(runName: string, requirement: string): Evidence {
  const directory = join('.evidence', runName, 'records')
  const name = readdirSync(join(root, directory))
    .filter((candidate) => candidate.startsWith(`${requirement}@processes`))
    .toSorted()
    .at(-1)
  if (name === undefined) return refuse(`${directory} holds no ${requirement} on processes: was the run interrupted?`)
  return Evidence.parse(readJson(directory, name))
}

function liveRunOf(runName: string, { requirement, nodes, objective }: (typeof baselineRows)[number]): LiveRun {
  const record = recordOf(runName, requirement)
  for (const { claim, measured, limit, unit } of record.premises)
    if (measured > limit) object(`${requirement} of ${runName}: ${claim} is ${measured} ${unit}, ${limit} allowed.`)
  const { n, at } = quantilesOf(record, objective)
  const processing = quantilesOf(record, processingSeries)
  return {
    run: runName,
    nodes,
    timerProfile: profileIn(record),
    n,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    medianBandMs: [at(bandRanks[0]), at(bandRanks[1])],
    processingMsP50: processing.at(0.5),
    processingMsP99: processing.at(0.99),
    cores: figureOf(record, coresFigure),
  }
}

/** Names of runs under `.evidence`, each of which must be there. */
function finished(text: string): readonly string[] {
  const names = text.split(',')
  const missing = names.find((name) => name === '' || !existsSync(join(root, '.evidence', name, 'environment.json')))
  if (missing !== undefined) throw new InvalidArgumentError(`There is no run "${missing}" under .evidence.`)
  return names
}

/** Calibrates, and makes the load runs. */
function measured(): readonly string[] {
  const speedsMs = [readYardstickMs()]
  run(['fixtures/live/calibrate.ts'], [0])
  speedsMs.push(readYardstickMs())
  const made = Array.from({ length: times }, () => {
    const name = loadRun()
    speedsMs.push(readYardstickMs())
    return name
  })
  const drift = Math.max(...speedsMs) / Math.min(...speedsMs) - 1
  if (drift > machineDrift)
    object(`The machine's speed differed by ${(100 * drift).toFixed(0)} % while it was measured.`)
  return made
}

const asked = new Command('node ci/tools/record-live-baseline.ts')
  .description('calibrates the cost model and records the live baseline here')
  .option('--provisional', 'records what would be refused, and says so')
  .addOption(
    new Option('--runs <runs>', 'finished load runs, comma-separated, instead of new ones').argParser(finished),
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : exitCodes.usage))
  .parse()
  .opts<{ readonly provisional?: true; readonly runs?: readonly string[] }>()
const provisional = asked.provisional === true
const runs = asked.runs ?? measured()
/** Machine of a run and sources of its mesh: all runs of one baseline share them, and the cost model is of that machine. */
function originOf(runName: string): Pick<LiveBaseline, 'machine' | 'meshSources'> {
  const { node, cpu, cores } = Environment.parse(readJson('.evidence', runName, 'environment.json'))
  const { details } = recordOf(runName, baselineRows[0].requirement).target
  return { machine: `${cores} × ${cpu}, Node ${node}`, meshSources: details['meshSources'] ?? 'not told' }
}

const [first = ''] = runs
const origin = originOf(first)
for (const name of runs)
  if (JSON.stringify(originOf(name)) !== JSON.stringify(origin))
    refuse(`${name} was made on another machine or from other sources than ${first}: record all anew.`)
const { machine: calibrated } = CostModel.parse(readJson('fixtures/simulation/cost-model.json'))
if (calibrated !== origin.machine)
  refuse(`The cost model is of ${calibrated}, the runs of ${origin.machine}: record all anew, without --runs.`)
const baseline: LiveBaseline = {
  schema: 'meshcert/live-baseline/v4',
  recordedAt: recordOf(first, baselineRows[0].requirement).startedAt,
  provisional,
  ...origin,
  timerProfiles: Object.entries(sla.timerProfiles).map(
    ([name, { beaconsPerLinkS, beaconsPerDatagram, missedBeaconsToSuspect, epochS }]) => ({
      name,
      beaconsPerLinkS,
      beaconsPerDatagram,
      missedBeaconsToSuspect,
      epochMs: epochS * 1_000,
    }),
  ),
  runs: baselineRows.flatMap((row) => runs.map((name) => liveRunOf(name, row))),
}
writeFileSync(liveBaselineFile, `${JSON.stringify(baseline, null, 2)}\n`)
for (const { run: name, nodes, p50Ms, processingMsP50, processingMsP99, cores } of baseline.runs)
  say(
    `${name}: ${nodes} nodes, p50 ${p50Ms} ms, processing p50 ${processingMsP50} and p99 ${processingMsP99} ms, ${cores} cores`,
  )
spawnSync(
  join(root, 'node_modules/.bin/oxfmt'),
  ['fixtures/simulation/cost-model.json', fileURLToPath(liveBaselineFile)],
  {
    cwd: root,
    stdio: 'inherit',
  },
)
