/** Runs one k6 scenario against a target's URL and makes evidence of what it left behind. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sla, type LoadShapeName, type Objective } from '../../sla.config.ts'
import { connectHttp } from '../../suites/contract/http-target.ts'
import type { Component } from '../../suites/contract/control.ts'
import type { Target } from '../../suites/contract/target.ts'
import type { Evidence } from '../../suites/evidence/record.ts'
import type { Observe, Recorder } from '../../suites/evidence/recorder.ts'
import { loadOf, type Load } from '../../k6/shapes.ts'
import { findTool, type Tool } from '../tools/finder.ts'
import type { RunToEnd } from '../tools/go.ts'
import { watchForeignLoad } from './foreign-load.ts'
import { observeK6 } from './k6-evidence.ts'
import { K6End, K6Summary } from './k6-samples.ts'
import { recorderOf, type RowAttempt } from './row-recorder.ts'
import { messageOf } from './stop.ts'
import type { Warden } from './warden-client.ts'

export type K6LaneOptions = RowAttempt & {
  readonly shape: LoadShapeName
  /** Base URLs by plane, and `default`; null where a target is reached by ports only. */
  readonly targets: Readonly<Record<string, string | null>>
  /** Process under which the whole run lives, target included; null where the target is not the run's own. */
  readonly runner: number | null
  readonly launch: Warden['launch']
  readonly log: (line: string) => void
  /** Multiplies the shape's seconds; unless given, 1 and the plan's factor in the escalation. */
  readonly scale?: number
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What k6 may take beside the load and its patience: reading the script, making users, setup, teardown. */
const overheadS = 60

/** The evidence of one stage, stored in the run's directory. Whatever goes wrong is in it; it rejects only when nothing can be stored. */
export async function runK6Lane(options: K6LaneOptions): Promise<Evidence> {
  const { shape, targets, log } = options
  const startedAt = new Date()
  const ending = (aborted: string | null, notApplicable: string | null = null) => {
    if (aborted !== null) log(`k6 ${shape}: ${aborted}`)
    return { tookMs: Date.now() - startedAt.getTime(), aborted, notApplicable, eventLogHashes: [] }
  }
  const url = targets[sla.loadShapes[shape].plane] ?? targets['default'] ?? null
  if (url === null) {
    const recorder = recorderOf(options, { description: unasked(options), startedAt })
    return recorder.finish(ending(null, 'the target is reached by ports only: it has no URL that k6 could load'))
  }
  const target = await connect(targets).catch((error: unknown) => messageOf(error))
  const description = typeof target === 'string' ? unasked(options) : target.description
  const recorder = recorderOf(options, { description, startedAt })
  if (typeof target === 'string') {
    recorder.observe.premise(alive(false, target))
    return recorder.finish(ending(null))
  }
  const tool = await findTool('k6', { say: log, run: throughWarden(options.launch) })
  const missing = 'missing' in tool
  recorder.observe.premise({
    claim: 'tool present',
    measured: missing ? 1 : 0,
    limit: 0,
    unit: 'missing tools',
    noise: false,
    detail: missing ? `${tool.missing}. ${tool.recipe}` : `k6 ${tool.version}, sha256 ${tool.sha256}`,
  })
  if (missing) return recorder.finish(ending(null))
  const foreignLoad = watchForeignLoad(options.runner, options.row)
  const aborted = await drive(options, { tool, url, target, recorder }).catch((error: unknown) => messageOf(error))
  foreignLoad(recorder.observe)
  return recorder.finish(ending(aborted))
}

function connect(targets: K6LaneOptions['targets']): Promise<Target> {
  const { default: url = null, ...planes } = targets
  const urls = Object.fromEntries(Object.entries(planes).filter(([, value]) => value !== null))
  return connectHttp({ url, urls })
}

/** Where nobody could be asked, what the plan needs is taken for declared, so that silence is no excuse. */
const unasked = ({ plan, row }: K6LaneOptions) => ({
  name: plan.target.name,
  version: 'unknown',
  capabilities: plan.promises.rows[row.requirement]?.capabilities ?? [],
  details: {},
})

const alive = (answers: boolean, detail: string) =>
  ({ claim: 'target alive', measured: answers ? 0 : 1, limit: 0, unit: 'failed probes', noise: false, detail }) as const

/** Builds go through the warden too: nothing outlives a run. */
const throughWarden =
  (launch: Warden['launch']): RunToEnd =>
  async ({ onLine, ...command }) => {
    const child = await launch(command, onLine)
    const { code, signal } = await child.exit
    return code ?? signal ?? 'ended'
  }

type Drive = { readonly tool: Tool; readonly url: string; readonly target: Target; readonly recorder: Recorder }

/** Runs k6 and observes; returns why the record is not complete, null if it is. */
async function drive(options: K6LaneOptions, { tool, url, target, recorder }: Drive): Promise<string | null> {
  const { shape, plan } = options
  const load = loadOf(shape, plan.plan, scaleOf(options))
  const before = await componentsOf(target)
  const files = filesOf(options)
  const end = await runK6(options, { tool, url, load, files })
  const described = await target.control?.describe({})
  const answers = described?.ok ?? (await componentsAnswer(options.targets))
  recorder.observe.premise(alive(answers, 'one probe after the load'))
  if (sla.loadShapes[shape].plane === 'events') observeHealth(recorder.observe, before, await componentsOf(target))
  if (end.timedOut) return `k6 had not ended after ${deadlineS(load)} s and was killed`
  const summary = readSummary(files.summary)
  if (summary === null) return `k6 ended with ${end.exitCode} and wrote no summary: ${lastWords(options)}`
  const objective: Objective = sla.objectives[sla.loadShapes[shape].latency]
  const windowMin = objective.kind === 'latency' ? objective.everyMin : undefined
  const incomplete = await observeK6(recorder.observe, { load, windowMin, samplesFile: files.samples, summary, end })
  return incomplete === null ? null : `${incomplete}: ${lastWords(options)}`
}

type Files = { readonly samples: string; readonly summary: string; readonly config: string }

function filesOf({ runDirectory, row, stage }: K6LaneOptions): Files {
  const directory = join(runDirectory, 'k6')
  mkdirSync(directory, { recursive: true })
  const path = join(directory, `${row.requirement}@${row.tier}-${stage}`)
  const files = {
    samples: `${path}.samples.json.gz`,
    summary: `${path}.summary.json`,
    config: join(directory, 'config.json'),
  }
  // Instead of a configuration that the user may have at home.
  writeFileSync(files.config, '{}\n')
  return files
}

const logName = ({ row, stage }: Pick<K6LaneOptions, 'row' | 'stage'>): string => `k6-${row.requirement}-${stage}`
const scaleOf = ({ scale, stage, plan }: K6LaneOptions): number =>
  scale ?? (stage === 0 ? 1 : (plan.escalation?.factor ?? 1))
const deadlineS = (load: Load): number => Math.ceil(load.seconds + load.patienceMs / 1_000 + overheadS)

type K6Run = { readonly tool: Tool; readonly url: string; readonly load: Load; readonly files: Files }

/** k6 never runs without a deadline: the supervising process inside the binary kills it there, and the warden owns both. */
async function runK6(options: K6LaneOptions, { tool, url, load, files }: K6Run): Promise<K6End> {
  const { shape, plan, stage, launch } = options
  const settings = {
    MESHCERT_URL: url,
    MESHCERT_PLAN: plan.plan,
    MESHCERT_SCALE: String(scaleOf(options)),
    MESHCERT_RUN_KEY: `${plan.run}-${stage}`,
    MESHCERT_SUMMARY: files.summary,
  }
  const defined = Object.entries(settings).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const script = join(root, 'k6', 'scenarios', `${shape}.ts`)
  const outputs = ['--config', files.config, '--out', `json=${files.samples}`]
  const command = ['run', '--quiet', '--no-color', ...outputs, ...defined, script]
  const child = await launch({
    name: logName(options),
    command: tool.path,
    cwd: root,
    args: ['supervise', '-deadline', `${deadlineS(load)}s`, '--', ...command],
  })
  try {
    const line = await child.line('ended ', (deadlineS(load) + 15) * 1_000)
    return K6End.parse(JSON.parse(line))
  } finally {
    await child.stop()
  }
}

function readSummary(file: string): K6Summary | null {
  try {
    return K6Summary.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}

function lastWords(options: K6LaneOptions): string {
  try {
    const log = readFileSync(join(options.runDirectory, 'logs', `${logName(options)}.log`), 'utf8')
    return log.trimEnd().split('\n').slice(-3).join(' | ').slice(0, 600)
  } catch {
    return 'it said nothing'
  }
}

async function componentsAnswer(targets: K6LaneOptions['targets']): Promise<boolean> {
  return connect(targets).then(
    () => true,
    () => false,
  )
}

async function componentsOf(target: Target): Promise<readonly Component[] | null> {
  const answer = await target.control?.components({})
  return answer?.ok === true ? answer.value.filter(({ role }) => role.startsWith('event')) : null
}

/** Every component of the events plane is up after the load, and none was started anew meanwhile. */
function observeHealth(
  observe: Observe,
  before: readonly Component[] | null,
  after: readonly Component[] | null,
): void {
  for (const { role, instance, state, starts } of after ?? []) {
    const earlier = before?.find((component) => component.role === role && component.instance === instance)
    const holds = state === 'up' && earlier?.starts === starts
    observe.check(
      'component is healthy',
      holds,
      `${role} ${instance} is ${state}, started ${starts} times, before the load ${earlier?.starts ?? 0}`,
    )
  }
}
