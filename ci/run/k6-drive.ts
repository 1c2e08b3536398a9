/** One load against one target: its generators, what goes on beside them, and everything that is observed of it. */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { sla, type LoadShape, type LoadShapeName, type Objective } from '../../sla.config.ts'
import { unlabelled } from '../../chaos/drivers/label.ts'
import { connectHttp } from '../../suites/contract/http-target.ts'
import type { Component } from '../../suites/contract/control.ts'
import type { Target } from '../../suites/contract/target.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { loadOf } from '../../k6/shapes.ts'
import { type Load } from '../../k6/schedule.ts'
import type { Tool } from '../tools/finder.ts'
import { ArrivalLog } from './arrival-log.ts'
import { watchDatabase, type WatchingRow } from './database-watch.ts'
import { readOwnClock } from '../../suites/evidence/own-clock.ts'
import { endToEndSeries, observeClocks } from './event-clocks.ts'
import { observeOutcomes } from './event-outcomes.ts'
import { observeK6 } from './k6-evidence.ts'
import { deadlineS, runGenerators, type Generated } from './k6-generators.ts'
import { mergeLive, type LiveMerge } from './k6-live.ts'
import { meteringMesh } from './load-figures.ts'
import { observeMemory } from './load-memory.ts'
import { failByPattern, formMeshFor } from './load-pattern.ts'
import { profileLoad } from './load-profiles.ts'
import { watchQueue } from './queue-watch.ts'
import { killByPlan, noteFinalStates, noteService, replicaRole, type KillNotes } from './replica-kills.ts'
import { watchResources } from './resource-watch.ts'
import { seedOf, type RowAttempt } from './row-recorder.ts'
import { shownToken } from './shown-token.ts'
import type { Warden } from './warden-client.ts'

export type Urls = Readonly<Record<string, string | null>>

export type Drive = {
  readonly shape: LoadShapeName
  readonly tool: Tool
  readonly url: string
  readonly target: Target
  readonly targets: Urls
  readonly observe: Observe
  /** Pen of the row that asks for profiles of this load; null where none does. */
  readonly profiles: Observe | null
  /** The row that asks how the database fares; null where none does. */
  readonly database: WatchingRow | null
  /** Names the files and draws the faults: the row that the load claims, where it is among those that share it. */
  readonly attempt: RowAttempt
  /** Ends the names of the files where the attempt has several loads. */
  readonly suffix: string
  readonly scale: number
  readonly launch: Warden['launch']
  readonly log: (line: string) => void
}

/** Several generators start together so long after they were launched: each reads its script and has its peers join meanwhile. */
const prepareMs = 4_000
/** A long load is reported about so often; a short one every second. */
const reportsOfALoad = 60

export const shapeOf = (shape: LoadShapeName): LoadShape => sla.loadShapes[shape]

export function connect(
  targets: Urls,
  { tokens, faults }: { readonly tokens?: string; readonly faults?: 'allowed' } = {},
): Promise<Target> {
  const { default: url = null, ...planes } = targets
  const urls = Object.fromEntries(Object.entries(planes).filter(([, value]) => value !== null))
  return connectHttp({ url, urls, ...(tokens === undefined ? {} : { tokens }), ...(faults && { faults }) })
}

export const alive = (answers: boolean, detail: string) =>
  ({ claim: 'target alive', measured: answers ? 0 : 1, limit: 0, unit: 'failed probes', noise: false, detail }) as const

/** Runs the load, as often as the plan repeats its faults; returns why the record is not complete, null if it is. */
export async function drive(driving: Drive): Promise<string | null> {
  const { shape, target, observe, attempt } = driving
  const { kills, failures = [] } = shapeOf(shape)
  const why = kills === undefined && failures.length === 0 ? null : unlabelled(target)
  if (why !== null) return `the load meets faults, and nothing was touched: ${why}`
  const prefix = runKeyOf(driving)
  const repeats = kills === undefined ? 1 : attempt.row.repeats
  for (let load = 0; load < repeats; load += 1) {
    const incomplete = await driveOnce(driving, { load, suffix: repeats === 1 ? '' : `-r${load + 1}` })
    if (incomplete !== null) return incomplete
  }
  if (kills !== undefined) await noteFinalStates(observe, target, prefix)
  return null
}

/** Ids and addresses derive from it: an event of another load must never look like one of this. */
const runKeyOf = ({ attempt, shape, suffix }: Drive): string =>
  `${attempt.plan.run}-${attempt.stage}-${shape}${suffix.replace(`-${shape}`, '')}`

/** One of the repeats of a load: its number in the record, and what ends its names. */
type Repeat = { readonly load: number; readonly suffix: string }

/** Runs the generators, and the faults of the shape beside them, and observes. */
async function driveOnce(driving: Drive, repeat: Repeat): Promise<string | null> {
  const { shape, target, targets, observe, attempt, scale } = driving
  const load = loadOf(shape, attempt.plan.plan, scale)
  const { plane, objectives, kills, warmUpS } = shapeOf(shape)
  await formMeshFor(shapeOf(shape), target, observe)
  const runKey = runKeyOf(driving) + repeat.suffix
  // Fills the database first: that is no part of what is read of queue and processes.
  const database = driving.database && (await watchDatabase(target, runKey, driving.database))
  const before = await componentsOf(target)
  const queue = objectives.includes('burst-drain') ? await watchQueue(target) : null
  const isWatched = warmUpS !== undefined || objectives.includes('replica-memory')
  const resources = isWatched ? watchResources(target, { role: replicaRole, seconds: load.seconds }) : null
  try {
    const clockBefore = plane === 'events' ? await readOwnClock(target, endToEndSeries) : null
    const metered = { shape: shapeOf(shape), target, observe, attempt }
    const { generated, live, notes } = await meteringMesh(metered, () => generate(driving, load, repeat))
    const described = await target.control?.describe({})
    const answers = described?.ok ?? (await componentsAnswer(targets))
    observe.premise(alive(answers, 'one probe after the load'))
    if (plane === 'events' && kills === undefined) observeHealth(observe, before, await componentsOf(target))
    const log = plane === 'events' ? new ArrivalLog(load) : null
    const incomplete = await observeGenerated(driving, { load, generated, live, log })
    if (log === null) return incomplete
    observeOutcomes(observe, load, log)
    const clocks = { before: clockBefore, after: await readOwnClock(target, endToEndSeries) }
    observeClocks(observe, { load, log, ...clocks, name: `${shape}${repeat.suffix}` })
    await database?.end()
    await queue?.end(log, { load: repeat.load, patienceMs: load.settleMs, observe })
    resources?.end(log, { load: repeat.load, settleS: warmUpS?.[attempt.plan.plan] ?? 0, observe })
    observeMemory(observe, {
      shape,
      peaks: resources?.peaks(log) ?? new Map<string, number>(),
      bearers: (before ?? []).filter(({ role }) => role === replicaRole),
      generatorsKiB: generated.map(({ end }) => end.maxRssKiB),
    })
    if (notes !== null) noteService(observe, { log, notes, load: repeat.load, runKey })
    return incomplete
  } finally {
    queue?.stop()
    database?.stop()
    resources?.stop()
  }
}

type Generation = {
  readonly generated: readonly Generated[]
  readonly live: LiveMerge
  /** Of replicas that were killed beside it; null where none should be. */
  readonly notes: KillNotes | null
}

/** The load itself, with the faults of its shape beside it. */
async function generate(driving: Drive, load: Load, repeat: Repeat): Promise<Generation> {
  const { shape, tool, url, target, observe, attempt, suffix, scale, launch } = driving
  const { plan, row, stage, runDirectory } = attempt
  const { generators = 1, kills } = shapeOf(shape)
  const startAtMs =
    generators === 1 && kills === undefined && driving.profiles === null ? null : hostNowMs() + prepareMs
  const live = mergeLive({ generators, name: load.objectiveId, startAtMs }, reporter(driving, load))
  const name = `${row.requirement}@${row.tier}-${stage}${suffix}${repeat.suffix}`
  const runKey = runKeyOf(driving) + repeat.suffix
  const token = target.wire?.tokens?.full ?? null
  const seed = seedOf(attempt)
  const order = { tool, load, generators, url, token, name, runKey, seed, runDirectory, startAtMs, launch, live }
  const loads = runGenerators({ ...order, plan: plan.plan, scale })
  const beside = { seconds: load.seconds, target, observe, attempt }
  const faults = failByPattern({ ...beside, shape: shapeOf(shape), startAtMs })
  const killing =
    kills === undefined || startAtMs === null
      ? Promise.resolve(null)
      : killByPlan({ ...beside, kills, startAtMs, load: repeat.load })
  // Of repeats of one load the first is profiled.
  const wanted = repeat.load === 0 ? driving.profiles : null
  const profiling =
    wanted === null || startAtMs === null
      ? Promise.resolve()
      : profileLoad({ ...beside, observe: wanted, shape, role: replicaRole, startAtMs })
  // All have ended before one may throw: a fault or a load that goes on would meet the row after this.
  await Promise.allSettled([loads, faults, killing, profiling])
  await faults
  await profiling
  return { generated: await loads, live, notes: await killing }
}

type Observed = Pick<Generation, 'generated' | 'live'> & {
  readonly load: Load
  readonly log: ArrivalLog | null
}

async function observeGenerated(driving: Drive, { load, generated, live, log }: Observed): Promise<string | null> {
  const token = driving.target.wire?.tokens?.full
  const logNames = generated.map(({ logName }) => logName)
  const shown = token === undefined ? null : shownToken(driving.attempt.runDirectory, token, logNames)
  if (shown !== null) return shown
  for (const { end, summary, logName } of generated) {
    if (end.timedOut) return `k6 had not ended after ${deadlineS(load)} s and was killed`
    if (summary === null) return `k6 ended with ${end.exitCode} and wrote no summary: ${lastWords(driving, logName)}`
  }
  const shards = generated.flatMap(({ summary, ...shard }) => (summary === null ? [] : [{ ...shard, summary }]))
  const objective: Objective = sla.objectives[shapeOf(driving.shape).latency]
  const incomplete = await observeK6(driving.observe, {
    load,
    windowMin: objective.kind === 'latency' ? objective.everyMin : undefined,
    shards,
    live,
    machineCores: availableParallelism(),
    say: driving.log,
    each: (sample) => log?.take(sample),
  })
  if (incomplete === null) return null
  const { logName } = generated[incomplete.shard] ?? { logName: '' }
  return `${incomplete.why}: ${lastWords(driving, logName)}`
}

/** One line of progress a second, fewer where the load lasts long. */
function reporter({ log }: Drive, load: Load): (line: string) => void {
  const every = Math.max(1, Math.round(load.seconds / reportsOfALoad))
  let told = 0
  return (line) => {
    told += 1
    if (told % every === 0) log(`k6 ${load.shape}: ${line}`)
  }
}

/** CLOCK_MONOTONIC in ms: the clock of the generators. */
const hostNowMs = (): number => Number(process.hrtime.bigint()) / 1e6

function lastWords({ attempt }: Drive, logName: string): string {
  try {
    const log = readFileSync(join(attempt.runDirectory, 'logs', `${logName}.log`), 'utf8')
    return log.trimEnd().split('\n').slice(-3).join(' | ').slice(0, 600)
  } catch {
    return 'it said nothing'
  }
}

async function componentsAnswer(targets: Urls): Promise<boolean> {
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
