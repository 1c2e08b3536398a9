import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { mend } from './run/cut-short.ts'
import { exitCodes, messageOf, remedyOf, Stop } from './run/stop.ts'
import { defaultTargetFile } from './run/target-file.ts'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** An empty filter is a variable that was not set, not a wish for everything. */
function list(value: string): string[] {
  const parts = value.split(',').filter((part) => part !== '')
  if (parts.length === 0) throw new InvalidArgumentError('It names nothing: leave the option out to take all.')
  return parts
}

/** A seed is printed, stored and signed: one short line. */
function seedText(value: string): string {
  if (!/^[\x21-\x7e]{1,100}$/.test(value))
    throw new InvalidArgumentError('A seed is 1 to 100 printable ASCII characters without spaces.')
  return value
}

/** Exit code of the action that ran; commander itself does not carry one. */
let exitCode: number = exitCodes.conformant

function act<A extends unknown[]>(action: (...args: A) => Promise<number>): (...args: A) => Promise<void> {
  return async (...args) => {
    exitCode = await action(...args)
  }
}

const json = () => new Option('--json', 'print one JSON document on standard output and nothing else')
const target = () => new Option('--target <file>', 'target file to test').default(defaultTargetFile)
const seed = () =>
  new Option('--seed <string>', "the run's one seed; without it CI takes the commit hash, others draw one").argParser(
    seedText,
  )
const only = () =>
  new Option('--only <ids>', 'only these requirements, comma-separated, * as wildcard')
    .argParser(list)
    .default([], 'all of the plan')
const tier = () =>
  new Option('--tier <tiers>', 'only these tiers, comma-separated').argParser(list).default([], 'those of the plan')

function runVerbs(program: Command): void {
  program
    .command('gate')
    .description('the merge gate: conformance, suites, chaos, k6 short shapes, judge, report')
    .addOption(target())
    .addOption(seed())
    .addOption(only())
    .addOption(tier())
    .option(
      '--defect <name>',
      'switch a deliberate bug of the reference on: the gate must end 1 and name its requirement',
    )
    .option('--variant <name>', 'switch a correct alternative of the reference on: the gate must end 0')
    .addOption(json())
    .action(act(async (options) => (await import('./commands/gate.ts')).gate({ root, ...options })))
  program
    .command('certify')
    .description(
      'the certification run; prints its time plan first, ends with a verdict per profile and a signed bundle',
    )
    .addOption(new Option('--plan <plan>', 'how much is run').choices(['quick', 'release']).default('quick'))
    .addOption(target())
    .addOption(seed())
    .addOption(only())
    .addOption(tier())
    .addOption(new Option('--repeat <n>', 'faults per chaos row, instead of the number of the plan').argParser(Number))
    .option('--resume <run>', 'go on with a run whose runner died: what was recorded stays, the rest is run')
    .addOption(json())
    .action(act(async (options) => (await import('./commands/certify.ts')).certify({ root, ...options })))
  program
    .command('chaos')
    .description(
      'random schedules of overlapping faults in simulation, each from a seed of its own; a red one is minimised and kept; 0: all borne, 1: not, 2: chance left something out',
    )
    .addOption(new Option('--runs <n>', 'schedules').argParser(Number).default(100))
    .addOption(new Option('--nodes <n>', 'size of each mesh, from 6').argParser(Number).default(24))
    .addOption(target())
    .addOption(seed())
    .option('--defect <name>', 'switch a deliberate bug of the reference on')
    .addOption(json())
    .action(act(async (options) => (await import('./commands/chaos.ts')).chaos({ root, ...options })))
  program
    .command('replay')
    .argument('<run>', 'a run (directory or name under .evidence), a seed, or a JSON file with a fault plan')
    .description('runs a plan again with its seed and compares event-log hashes and verdicts; 0: reproduced, 1: not')
    .addOption(only())
    .addOption(target())
    .option('--defect <name>', 'for a fault plan: the deliberate bug with which it was red')
    .addOption(json())
    .action(act(async (run, options) => (await import('./commands/replay.ts')).replay({ root, run, ...options })))
  program
    .command('defects')
    .description(
      'runs every defect of the reference against conformance and the row it must kill; prints the kill matrix',
    )
    .addOption(new Option('--only <names>', 'only these defects, comma-separated').argParser(list).default([], 'all'))
    .addOption(json())
    .action(act(async (options) => (await import('./commands/defects.ts')).defects({ root, ...options })))
}

function evidenceVerbs(program: Command): void {
  program
    .command('bundle')
    .argument('<run>', 'a run (directory or name under .evidence)')
    .description('packs a run as a reproducible tar with signed statements (Ed25519 and ML-DSA-65)')
    .addOption(new Option('--out <file>', 'where to write it; without it beside the run').conflicts('baseline'))
    .option('--baseline', 'sign its rounds as what later runs on this machine are held against, instead of packing it')
    .action(
      act(async (run: string, { baseline, ...options }: { out?: string; baseline?: true }) => {
        const { bundleRun, keepBaseline } = await import('./commands/bundle.ts')
        return baseline === true ? keepBaseline({ root, run }) : bundleRun({ root, run, ...options })
      }),
    )
  program
    .command('verify')
    .argument('<bundle>', 'a bundle')
    .description('offline: checks signatures and digests and judges again from the observations')
    .option('--trust <file>', 'keys to trust (JWKS) instead of your own')
    .option('--explain', 'tell every check')
    .action(act(async (bundle, options) => (await import('./commands/verify.ts')).verifyBundle({ bundle, ...options })))
  program
    .command('judge')
    .argument('<run>', 'a run or a bundle')
    .description('judges stored observations against any limits and prints the tightest limit that would still pass')
    .option('--sla <file>', 'another sla.config.ts')
    .addOption(json())
    .action(act(async (run, options) => (await import('./commands/judge.ts')).judgeRun({ root, run, ...options })))
  program
    .command('report')
    .argument('<run>', 'a run (directory or name under .evidence)')
    .description('renders a run again')
    .addOption(
      new Option('--format <formats>', 'html, junit, ctrf, markdown, load, chaos')
        .argParser(list)
        .default(['html', 'junit', 'ctrf'], 'html,junit,ctrf'),
    )
    .action(act(async (run, options) => (await import('./commands/report.ts')).report({ root, run, ...options })))
}

function catalogueVerbs(program: Command): void {
  program
    .command('list')
    .description('the catalogue with its coverage and the kill matrix')
    .option('--uncovered', 'only rows that no test claims')
    .addOption(json())
    .action(act(async (options) => (await import('./commands/list.ts')).list({ root, ...options })))
  program
    .command('explain')
    .argument('<id>', 'a requirement')
    .description('one row with its source, objective, tests and defects')
    .addOption(json())
    .action(act(async (id, options) => (await import('./commands/explain.ts')).explain({ root, id, ...options })))
  program
    .command('generate')
    .description('writes everything that repeats a promise: rules, alerts, cases, dashboards, documents')
    .option('--check', 'write nothing; end 1 if a file differs')
    .action(
      act(async (options: { check?: true }) =>
        (await import('./commands/generate.ts')).generate({ root, check: options.check === true }),
      ),
    )
  program
    .command('new')
    .argument('<kind>', 'requirement, fault, alert, dashboard or defect')
    .argument('<name>', "a requirement's id; a name in kebab-case for anything else")
    .description('writes the file that a new part begins with, and says what else is to be edited')
    .action(
      act(async (kind: string, name: string) => (await import('./commands/new.ts')).scaffold({ root, kind, name })),
    )
  program
    .command('engine')
    .argument('<action>', 'start or stop')
    .description(
      "start: Debian's container engine in a temporary folder where none answers, prints what a shell is to export; stop: ends it and leaves nothing",
    )
    .action(act(async (action: string) => (await import('./commands/engine.ts')).engine({ action })))
  program
    .command('doctor')
    .description('what is missing on this machine and how to get it; builds the Go tools into a cache')
    .addOption(
      new Option('--with <tool>', 'builds a tool besides that no run needs').choices(['disruptor', 'toxiproxy']),
    )
    .addOption(json())
    .action(
      act(async (options: { json?: true; with?: 'disruptor' | 'toxiproxy' }) =>
        (await import('./commands/doctor.ts')).doctor({
          json: options.json === true,
          more: options.with === undefined ? [] : [options.with],
        }),
      ),
    )
}

function build(): Command {
  const program = new Command('meshcert')
    .description('Certifies a self-healing post-quantum mesh and signs the evidence.')
    .addHelpText(
      'after',
      `
Exit codes: 0 conformant · 1 non-conformant, or a tampered bundle · 2 inconclusive · 64 usage, configuration,
or a target that can't be reached at the start · 70 defect of the suite itself. Never 0 with zero checks.

  npx meshcert gate                          judge the reference, as a merge gate does
  npx meshcert gate --target my-target.ts    judge your own system
  npx meshcert explain EVT-NOLOSS            what a requirement asks, and what would turn it red`,
    )
    .showHelpAfterError(false)
    .exitOverride()
  for (const add of [runVerbs, evidenceVerbs, catalogueVerbs]) add(program)
  for (const command of program.commands) command.exitOverride()
  return program
}

/** Who stands between us and npm, npm included: its shell may stay while npm is gone, and then gets another parent. */
function npmAbove(): string {
  const parent = process.ppid
  try {
    const [, name = '', above = ''] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${parent}/stat`, 'utf8')) ?? []
    return name.endsWith('sh') ? `${parent} ${above}` : String(parent)
  } catch {
    return String(parent)
  }
}

let isEnding = false

/** Ends the run by the wish of whoever started it: what it broke is mended first, and nothing is concluded. */
async function endEarly(why: string): Promise<never> {
  const say = (line: string) => void process.stderr.write(`${why}: ${line}\n`)
  // Who asks twice won't wait: leases end what is in force.
  if (isEnding) process.exit(exitCodes.inconclusive)
  isEnding = true
  say('ending the run; what was observed so far stays in .evidence/latest')
  try {
    const { undone, left } = await mend(why)
    if (undone.length > 0) say(`undone: ${undone.join(', ')}`)
    if (left.length > 0) say(`not seen undone: ${left.join(', ')}; the target ends it when its lease is over`)
  } catch (error) {
    say(`faults in force are left to their leases: ${messageOf(error)}`)
  }
  process.exit(exitCodes.inconclusive)
}

/** Started by npm, we outlive a killed npm: nobody would read our verdict, so the run ends. */
function endWithNpm(): void {
  if (process.env['npm_lifecycle_event'] === undefined) return
  const parents = npmAbove()
  setInterval(() => {
    if (npmAbove() !== parents) void endEarly('npm is gone')
  }, 500).unref()
}

async function main(): Promise<number> {
  endWithNpm()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void endEarly(signal))
  }
  try {
    await build().parseAsync(process.argv)
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage
    process.stderr.write(`${messageOf(error)}\n`)
    if (error instanceof Stop) return error.exitCode
    const remedy = remedyOf(error)
    if (remedy !== null) {
      process.stderr.write(`${remedy} Nothing was concluded.\n`)
      return exitCodes.inconclusive
    }
    if (process.env['MESHCERT_TRACE'] !== undefined && error instanceof Error)
      process.stderr.write(`${error.stack ?? ''}\n`)
    process.stderr.write('This is a defect of the suite; MESHCERT_TRACE=1 shows where.\n')
    return exitCodes.suiteDefect
  }
}

/** What we load, a target file or another config, may end the process or never settle: that concludes nothing. */
let concluded = false
process.on('exit', (code) => {
  if (concluded || (code !== 0 && code !== 13)) return
  process.stderr.write('A loaded file ended the process, or never finished loading, before anything was concluded.\n')
  process.exitCode = exitCodes.usage
})

const ended = await main()
concluded = true
process.exitCode = ended
