/** Runs k6 scenarios against a target's URL, each once for all rows that share it, and makes the evidence of each row. */
import type { LoadShapeName } from '../../sla.config.ts'
import type { Target } from '../../suites/contract/target.ts'
import type { Evidence } from '../../suites/evidence/record.ts'
import type { Recorder } from '../../suites/evidence/recorder.ts'
import { findTool, type Tool } from '../tools/finder.ts'
import type { RunToEnd } from '../tools/go.ts'
import type { Plan, PlannedRow } from '../verdict/plan.ts'
import { watchForeignLoad } from './foreign-load.ts'
import { alive, connect, drive, shapeOf, type Urls } from './k6-drive.ts'
import { sharedPen } from './load-share.ts'
import { recorderOf, type RowAttempt } from './row-recorder.ts'
import { messageOf } from './stop.ts'
import type { Warden } from './warden-client.ts'

/** A row and all the loads that give evidence for it: one record holds them together. */
export type LoadedRow = { readonly row: PlannedRow; readonly shapes: readonly LoadShapeName[] }

export type K6LaneOptions = {
  readonly plan: Plan
  readonly stage: 0 | 1
  readonly runDirectory: string
  /** Rows that share loads, and those alone. */
  readonly rows: readonly LoadedRow[]
  /** Base URLs by plane, and `default`; null where a target is reached by ports only. */
  readonly targets: Urls
  /** Path of the file with the target's tokens, where it gives any. */
  readonly tokens?: string
  /** The label that lets faults in, where the target has it: some loads meet them. */
  readonly faults?: 'allowed'
  /** Process under which the whole run lives, target included; null where the target is not the run's own. */
  readonly runner: number | null
  readonly launch: Warden['launch']
  readonly log: (line: string) => void
  /** Multiplies the shape's seconds; unless given, 1 and the plan's factor in the escalation. */
  readonly scale?: number
}

/** The row that every load of events is profiled for. */
const profileRow = 'EVT-PROFILE'
/** The row that is told how the database fares under the load that it shares. */
const databaseRow = 'EVT-DB'

/** A row whose record is being written. */
type Open = LoadedRow & {
  readonly attempt: RowAttempt
  readonly recorder: Recorder
  readonly startedAt: Date
  /** Loads that ended early, and why. */
  readonly broken: string[]
}

const attemptOf = ({ plan, stage, runDirectory }: K6LaneOptions, row: PlannedRow): RowAttempt => ({
  plan,
  stage,
  runDirectory,
  row,
})

const finish = ({ recorder, startedAt, broken }: Open, notApplicable: string | null = null): Promise<Evidence> =>
  recorder.finish({
    tookMs: Date.now() - startedAt.getTime(),
    aborted: broken[0] ?? null,
    notApplicable,
    eventLogHashes: [],
  })

/** The evidence of one stage, stored in the run's directory. Whatever goes wrong is in it; it rejects only when nothing can be stored. */
export async function runK6Lane(options: K6LaneOptions): Promise<readonly Evidence[]> {
  const { targets, log } = options
  const target = await connect(targets, options).catch((error: unknown) => messageOf(error))
  const open = options.rows.map((loaded): Open => {
    const attempt = attemptOf(options, loaded.row)
    const startedAt = new Date()
    const description = typeof target === 'string' ? unasked(options.plan, loaded.row) : target.description
    return { ...loaded, attempt, startedAt, recorder: recorderOf(attempt, { description, startedAt }), broken: [] }
  })
  const asked = await Promise.all(open.map(async (row) => ({ row, ended: await endWithoutLoad(options, row, target) })))
  const ended = asked.flatMap((one) => one.ended ?? [])
  const loaded = asked.flatMap((one) => (one.ended === null ? [one.row] : []))
  if (typeof target === 'string' || loaded.length === 0) return ended
  const tool = await findTool('k6', { say: log, run: throughWarden(options.launch) })
  for (const { recorder } of loaded) recorder.observe.premise(toolPremise(tool))
  if ('missing' in tool) return [...ended, ...(await Promise.all(loaded.map((row) => finish(row))))]
  return [...ended, ...(await runLoads(options, loaded, { target, tool }))]
}

const urlOf = (targets: Urls, shape: LoadShapeName): string | null =>
  targets[shapeOf(shape).plane] ?? targets['default'] ?? null

/** The record of a row that no load can say anything about; null where loads can. */
async function endWithoutLoad(
  { targets, plan }: K6LaneOptions,
  open: Open,
  target: Target | string,
): Promise<Evidence | null> {
  if (open.shapes.every((shape) => urlOf(targets, shape) === null))
    return finish(open, 'the target is reached by ports only: it has no URL that k6 could load')
  if (typeof target === 'string') {
    open.recorder.observe.premise(alive(false, target))
    return finish(open)
  }
  const needs = plan.promises.rows[open.row.requirement]?.capabilities ?? []
  const undeclared = needs.filter((plane) => !target.description.capabilities.some((declared) => declared === plane))
  return undeclared.length > 0 ? finish(open, `the target does not declare ${undeclared.join(', ')}`) : null
}

/** Each load once, for all rows that share it; a row's record is written when its last load is over. */
async function runLoads(
  options: K6LaneOptions,
  rows: readonly Open[],
  { target, tool }: { readonly target: Target; readonly tool: Tool },
): Promise<readonly Evidence[]> {
  const { runner, targets, plan, log } = options
  const watched = rows.map((open) => ({ open, endWatch: watchForeignLoad(runner, open.row) }))
  const shapes = [...new Set(rows.flatMap((open) => open.shapes))]
  const records: Evidence[] = []
  for (const [index, shape] of shapes.entries()) {
    const sharers = rows.filter((open) => open.shapes.includes(shape))
    const why = await loadOnce(options, { shape, sharers, target, tool })
    if (why !== null) log(`k6 ${shape}: ${why}`)
    for (const { broken } of sharers) if (why !== null) broken.push(`${shape}: ${why}`)
    const isLast = ({ shapes: own }: Open) =>
      own.includes(shape) && !shapes.slice(index + 1).some((later) => own.includes(later))
    for (const { open, endWatch } of watched.filter((one) => isLast(one.open))) {
      endWatch(open.recorder.observe)
      records.push(await finish(open))
    }
  }
  return records

  async function loadOnce(
    { scale = scaleOf(options) }: K6LaneOptions,
    load: { shape: LoadShapeName; sharers: readonly Open[]; target: Target; tool: Tool },
  ): Promise<string | null> {
    const url = urlOf(targets, load.shape)
    const { plane, claims } = shapeOf(load.shape)
    const isOffered = target.description.capabilities.some((declared) => declared === plane)
    const owner = load.sharers.find(({ row }) => row.requirement === claims) ?? load.sharers[0]
    if (url === null || !isOffered || owner === undefined) return null
    const pens = load.sharers.flatMap(({ row, recorder }) => {
      const data = plan.promises.rows[row.requirement]
      return data === undefined ? [] : [{ row: data, recorder }]
    })
    const suffix = owner.shapes.length === 1 ? '' : `-${load.shape}`
    const sharer = (id: string) => load.sharers.find(({ row }) => row.requirement === id)
    const profiles = sharer(profileRow)?.recorder.observe ?? null
    const asking = sharer(databaseRow)
    const database = asking
      ? { observe: asking.recorder.observe, breaks: (why: string) => void asking.broken.push(`${load.shape}: ${why}`) }
      : null
    const observe = sharedPen(load.shape, pens)
    const driving = { ...load, ...options, url, observe, profiles, database, attempt: owner.attempt, suffix, scale }
    return drive(driving).catch((error: unknown) => messageOf(error))
  }
}

const scaleOf = ({ stage, plan }: K6LaneOptions): number => (stage === 0 ? 1 : (plan.escalation?.factor ?? 1))

/** Where nobody could be asked, what the plan needs is taken for declared, so that silence is no excuse. */
const unasked = (plan: Plan, row: PlannedRow) => ({
  name: plan.target.name,
  version: 'unknown',
  capabilities: plan.promises.rows[row.requirement]?.capabilities ?? [],
  details: {},
})

type Found = Awaited<ReturnType<typeof findTool>>

function toolPremise(tool: Found) {
  const missing = 'missing' in tool
  return {
    claim: 'tool present',
    measured: missing ? 1 : 0,
    limit: 0,
    unit: 'missing tools',
    noise: false,
    detail: missing ? `${tool.missing}. ${tool.recipe}` : `k6 ${tool.version}, sha256 ${tool.sha256}`,
  } as const
}

/** Builds go through the warden too: nothing outlives a run. */
const throughWarden =
  (launch: Warden['launch']): RunToEnd =>
  async ({ onLine, ...command }) => {
    const child = await launch(command, onLine)
    const { code, signal } = await child.exit
    return code ?? signal ?? 'ended'
  }
