import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { sla, type LoadShape, type LoadShapeName, type Tier } from '../../sla.config.ts'
import { capabilities } from '../../suites/contract/route.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import type { Handle } from '../../suites/contract/target.ts'
import type { Plan } from '../verdict/plan.ts'
import type { Claim } from './claims.ts'
import { judgeRow } from '../verdict/judge-row.ts'
import { verdictText, type Say } from './progress.ts'
import { isRecorded, recorderOf } from './row-recorder.ts'
import { startCapture } from './capture.ts'
import { emulation } from './emulation.ts'
import type { LoadedRow } from './k6-lane.ts'
import { givesWay, runSuiteLane } from './suite-lane.ts'
import type { Warden } from './warden-client.ts'

type LaneOptions = {
  readonly root: string
  readonly directory: string
  readonly plan: Plan
  readonly claims: readonly Claim[]
  readonly handle: Handle | null
  /** Starts the target in containers; answers why that can't be done, or null. */
  readonly startContained: () => Promise<string | null>
  /** The runner's own process, where it started the target too. */
  readonly runner: number | null
  readonly warden: Warden
  readonly say: Say
  /** Ends what the run started as its target; nothing to end where the target is not the run's own. */
  readonly endTarget: () => Promise<void>
}

type SuiteLane = Parameters<typeof runSuiteLane>[0]

const conformance = 'suites/conformance.test.ts'

/** Files all of whose rows let simulated ones go on beside them, and those that want the machine for themselves. */
export function bearingCompany(
  files: readonly string[],
  claims: readonly Claim[],
): { readonly company: readonly string[]; readonly alone: readonly string[] } {
  const bears = new Set<string>(catalogue.flatMap(({ id, bearsCompany }) => (bearsCompany === true ? [id] : [])))
  const isAlone = (file: string) => claims.some((claim) => claim.file === file && !bears.has(claim.requirement))
  return { company: files.filter((file) => !isAlone(file)), alone: files.filter(isAlone) }
}

function filesFor({ plan, claims }: LaneOptions, tiers: readonly Tier[]): readonly string[] {
  const wanted = claims.filter(
    (claim) =>
      claim.shape === null &&
      claim.file !== conformance &&
      plan.rows.some(
        (row) => row.requirement === claim.requirement && tiers.includes(row.tier) && claim.tiers.includes(row.tier),
      ),
  )
  return [...new Set(wanted.map((claim) => claim.file))]
}

/**
 * Runs a plan lane by lane, one after the other, because a lane's load is another lane's noise: conformance with the live
 * suites, then k6, then simulation, which begins earlier where live rows bear its company. Returns notes on defects of the suite.
 */
export async function runLanes(options: LaneOptions): Promise<readonly string[]> {
  const { plan } = options
  const live: readonly Tier[] = ['processes']
  const notes: string[] = []
  const lane = async (asked: Pick<SuiteLane, 'name' | 'tiers' | 'files' | 'workers' | 'environment'>) => {
    if (asked.files.length === 0) return
    options.say(`lane ${asked.name}: ${asked.files.length} files`)
    notes.push(...(await runSuiteLane({ ...options, ...asked, runDirectory: options.directory })))
  }
  const has = (tier: Tier) => plan.rows.some((row) => row.tier === tier)
  const simulate = (environment: Readonly<Record<string, string>>) =>
    lane({
      name: 'simulation',
      tiers: ['simulation'],
      files: [conformance, ...filesFor(options, ['simulation'])],
      workers: availableParallelism(),
      environment,
    })
  const { company, alone } = bearingCompany(filesFor(options, live), options.claims)
  // Loads need the target afterwards, and what it does meanwhile would be taken from the worlds.
  const isShared = has('simulation') && company.length > 0 && loadedRows(options).length === 0
  if (has('processes')) {
    const capture = await startCapture(options)
    const onProcesses = { tiers: live, workers: 1, environment: capture.environment }
    await lane({ ...onProcesses, name: 'processes', files: [conformance, ...alone, ...(isShared ? [] : company)] })
    const inCompany = async () => {
      await lane({ ...onProcesses, name: 'processes-in-company', files: isShared ? company : [] })
      await capture.stop()
      if (isShared) await options.endTarget()
    }
    await Promise.all([inCompany(), isShared ? simulate(givesWay) : null])
  }
  await k6Lanes(options)
  // A mesh that goes on beaconing would take a third of the cores from the worlds that are simulated next.
  await options.endTarget()
  if (has('containers')) {
    const missing = await options.startContained()
    const tiers: readonly Tier[] = ['containers']
    if (missing === null)
      await lane({
        name: 'containers',
        tiers,
        files: [conformance, ...filesFor(options, tiers)],
        workers: 1,
        environment: await emulation(options),
      })
    else await unobserved(options, missing)
    await options.endTarget()
  }
  if (has('simulation') && !isShared) await simulate({})
  return notes
}

/** Rows whose tier this machine lacks: they are in doubt, for that reason. */
async function unobserved({ plan, directory, say }: LaneOptions, missing: string): Promise<void> {
  const { name } = plan.target
  // Nobody has said that it lacks a plane: its rows are in doubt, not beside the point.
  const description = { name, version: 'not started', capabilities, details: {} }
  for (const row of plan.rows.filter(({ tier }) => tier === 'containers')) {
    const attempt = { plan, row, stage: 0, runDirectory: directory } as const
    if (isRecorded(directory, attempt)) continue
    const recorder = recorderOf(attempt, { description, startedAt: new Date() })
    await recorder.finish({ tookMs: 0, aborted: missing, notApplicable: null, eventLogHashes: [] })
    say(verdictText({ row, verdict: await judgeRow(plan, row, directory) }))
  }
}

const Urls = z.object({
  url: z.string().optional(),
  urls: z.record(z.string(), z.string()).optional(),
  tokens: z.string().optional(),
  faults: z.literal('allowed').optional(),
})

/** Rows that share a load, directly or through others: they are run together, so that each load is run once. */
export function sharing(rows: readonly LoadedRow[]): readonly (readonly LoadedRow[])[] {
  const groups: LoadedRow[][] = []
  for (const row of rows) {
    const joined = groups.filter((group) =>
      group.some(({ shapes }) => shapes.some((shape) => row.shapes.includes(shape))),
    )
    for (const group of joined) groups.splice(groups.indexOf(group), 1)
    groups.push([...joined.flat(), row])
  }
  return groups
}

function loadedRows({ plan, claims }: Pick<LaneOptions, 'plan' | 'claims'>): readonly LoadedRow[] {
  const planned: Readonly<Record<string, LoadShape>> = sla.loadShapes
  const runs = (shape: string): boolean => planned[shape]?.plans?.includes(plan.plan) ?? shape in planned
  const loads = claims.filter(({ shape }) => shape !== null && runs(shape))
  return [...Map.groupBy(loads, (claim) => claim.requirement)].flatMap(([requirement, own]): LoadedRow[] => {
    const row = plan.rows.find((one) => one.requirement === requirement && one.tier === 'processes')
    return row === undefined ? [] : [{ row, shapes: own.map(({ shape }) => shape as LoadShapeName) }]
  })
}

async function k6Lanes(options: LaneOptions): Promise<void> {
  const { directory, plan, handle, runner, warden, say } = options
  const { url, urls, tokens, faults } = Urls.parse(handle ?? {})
  const loaded = loadedRows(options)
  if (loaded.length === 0) return
  const { runK6Lane } = await import('./k6-lane.ts')
  const run = async (stage: 0 | 1, rows: readonly LoadedRow[]) => {
    const left = rows.filter(({ row }) => !isRecorded(directory, { row, stage }))
    if (left.length === 0) return
    say(`lane k6: ${[...new Set(left.flatMap(({ shapes }) => shapes))].join(', ')}`)
    const targets = { default: url ?? null, ...urls }
    await runK6Lane({
      plan,
      stage,
      rows: left,
      targets,
      ...(tokens === undefined ? {} : { tokens }),
      ...(faults && { faults }),
      runDirectory: directory,
      runner,
      launch: warden.launch,
      log: say,
    })
  }
  for (const group of sharing(loaded)) {
    await run(0, group)
    for (const one of group) {
      let verdict = await judgeRow(plan, one.row, directory)
      if (verdict.escalate && plan.escalation !== null) {
        await run(1, [one])
        verdict = await judgeRow(plan, one.row, directory)
      }
      say(verdictText({ row: one.row, verdict }))
    }
  }
}
