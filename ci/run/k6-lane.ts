/** Runs the k6 scenarios of one row against a target's URL, each in as many processes as its shape asks for, and makes evidence of what they left behind. */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { sla, type LoadShape, type LoadShapeName, type Objective } from '../../sla.config.ts'
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
import { deadlineS, runGenerators, type Generated } from './k6-generators.ts'
import { mergeLive, type LiveMerge } from './k6-live.ts'
import { failByPattern, formMeshFor } from './load-pattern.ts'
import { recorderOf, type RowAttempt } from './row-recorder.ts'
import { messageOf } from './stop.ts'
import type { Warden } from './warden-client.ts'

export type K6LaneOptions = RowAttempt & {
  /** All that claim the row, one after the other: one record holds them together. */
  readonly shapes: readonly LoadShapeName[]
  /** Base URLs by plane, and `default`; null where a target is reached by ports only. */
  readonly targets: Readonly<Record<string, string | null>>
  /** Process under which the whole run lives, target included; null where the target is not the run's own. */
  readonly runner: number | null
  readonly launch: Warden['launch']
  readonly log: (line: string) => void
  /** Multiplies the shape's seconds; unless given, 1 and the plan's factor in the escalation. */
  readonly scale?: number
}

/** Several generators start together so long after they were launched: each reads its script and has its peers join meanwhile. */
const prepareMs = 4_000
/** A long load is reported about so often; a short one every second. */
const reportsOfALoad = 60

/** The evidence of one stage, stored in the run's directory. Whatever goes wrong is in it; it rejects only when nothing can be stored. */
export async function runK6Lane(options: K6LaneOptions): Promise<Evidence> {
  const { shapes, targets, log } = options
  const startedAt = new Date()
  const ending = (aborted: string | null, notApplicable: string | null = null) => ({
    tookMs: Date.now() - startedAt.getTime(),
    aborted,
    notApplicable,
    eventLogHashes: [],
  })
  const urlOf = (shape: LoadShapeName): string | null => targets[shapeOf(shape).plane] ?? targets['default'] ?? null
  if (shapes.every((shape) => urlOf(shape) === null)) {
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
  const needs = options.plan.promises.rows[options.row.requirement]?.capabilities ?? []
  const undeclared = needs.filter((plane) => !description.capabilities.some((declared) => declared === plane))
  if (undeclared.length > 0)
    return recorder.finish(ending(null, `the target does not declare ${undeclared.join(', ')}`))
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
  const aborted: string[] = []
  for (const shape of shapes) {
    const url = urlOf(shape)
    if (url === null || !description.capabilities.some((declared) => declared === shapeOf(shape).plane)) continue
    const driving = { shape, tool, url, target, recorder }
    const why = await drive(options, driving).catch((error: unknown) => messageOf(error))
    if (why === null) continue
    log(`k6 ${shape}: ${why}`)
    aborted.push(`${shape}: ${why}`)
  }
  foreignLoad(recorder.observe)
  return recorder.finish(ending(aborted[0] ?? null))
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

type Drive = {
  readonly shape: LoadShapeName
  readonly tool: Tool
  readonly url: string
  readonly target: Target
  readonly recorder: Recorder
}

const shapeOf = (shape: LoadShapeName): LoadShape => sla.loadShapes[shape]

/** Runs the generators, and the faults of the shape beside them, and observes; returns why the record is not complete, null if it is. */
async function drive(options: K6LaneOptions, { shape, tool, url, target, recorder }: Drive): Promise<string | null> {
  const { plan, row, stage, runDirectory, launch } = options
  const load = loadOf(shape, plan.plan, scaleOf(options))
  const { generators = 1, plane, latency } = shapeOf(shape)
  const { observe } = recorder
  await formMeshFor(shapeOf(shape), target, observe)
  const before = await componentsOf(target)
  const startAtMs = generators === 1 ? null : hostNowMs() + prepareMs
  const live = mergeLive({ generators, name: load.objectiveId, startAtMs }, reporter(options, load))
  const name = `${row.requirement}@${row.tier}-${stage}${options.shapes.length === 1 ? '' : `-${shape}`}`
  const runKey = `${plan.run}-${stage}`
  const order = { tool, load, generators, url, name, runKey, runDirectory, startAtMs, launch, live }
  const loads = runGenerators({ ...order, plan: plan.plan, scale: scaleOf(options) })
  const pattern = { shape: shapeOf(shape), seconds: load.seconds, startAtMs, target, observe, attempt: options }
  const failures = failByPattern(pattern)
  // Both have ended before either may throw: a fault or a load that goes on would meet the row after this.
  await Promise.allSettled([loads, failures])
  await failures
  const generated = await loads
  const described = await target.control?.describe({})
  const answers = described?.ok ?? (await componentsAnswer(options.targets))
  observe.premise(alive(answers, 'one probe after the load'))
  if (plane === 'events') observeHealth(observe, before, await componentsOf(target))
  const objective: Objective = sla.objectives[latency]
  const windowMin = objective.kind === 'latency' ? objective.everyMin : undefined
  return observeGenerated(options, { observe, load, windowMin, generated, live })
}

type Observed = {
  readonly observe: Observe
  readonly load: Load
  readonly windowMin: number | undefined
  readonly generated: readonly Generated[]
  readonly live: LiveMerge
}

async function observeGenerated(options: K6LaneOptions, observed: Observed): Promise<string | null> {
  const { observe, load, windowMin, generated, live } = observed
  for (const { end, summary, logName } of generated) {
    if (end.timedOut) return `k6 had not ended after ${deadlineS(load)} s and was killed`
    if (summary === null) return `k6 ended with ${end.exitCode} and wrote no summary: ${lastWords(options, logName)}`
  }
  const shards = generated.flatMap(({ summary, ...shard }) => (summary === null ? [] : [{ ...shard, summary }]))
  const incomplete = await observeK6(observe, {
    load,
    windowMin,
    shards,
    live,
    machineCores: availableParallelism(),
    say: options.log,
  })
  if (incomplete === null) return null
  const { logName } = generated[incomplete.shard] ?? { logName: '' }
  return `${incomplete.why}: ${lastWords(options, logName)}`
}

/** One line of progress a second, fewer where the load lasts long. */
function reporter({ log }: K6LaneOptions, load: Load): (line: string) => void {
  const every = Math.max(1, Math.round(load.seconds / reportsOfALoad))
  let told = 0
  return (line) => {
    told += 1
    if (told % every === 0) log(`k6 ${load.shape}: ${line}`)
  }
}

const scaleOf = ({ scale, stage, plan }: K6LaneOptions): number =>
  scale ?? (stage === 0 ? 1 : (plan.escalation?.factor ?? 1))

/** CLOCK_MONOTONIC in ms: the clock of the generators. */
const hostNowMs = (): number => Number(process.hrtime.bigint()) / 1e6

function lastWords({ runDirectory }: K6LaneOptions, logName: string): string {
  try {
    const log = readFileSync(join(runDirectory, 'logs', `${logName}.log`), 'utf8')
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
