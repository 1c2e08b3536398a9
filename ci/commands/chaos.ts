import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sla } from '../../sla.config.ts'
import { unmet } from '../../chaos/coverage.ts'
import { drawSchedule } from '../../chaos/default-mix.ts'
import { planHash, type FaultPlan } from '../../chaos/fault-plan.ts'
import { RefusedPlan } from '../../chaos/guards.ts'
import { minimise } from '../../chaos/minimise.ts'
import { fileNameOf, readPlanFile, type Regression } from '../../chaos/regression.ts'
import { runSchedule, type ScheduleEnd } from '../../chaos/schedule-run.ts'
import type { Target } from '../../suites/contract/target.ts'
import { createProgress, type Say } from '../run/progress.ts'
import { fromHere } from '../run/run-directory.ts'
import { chooseSeed } from '../run/seed.ts'
import { exitCodes, messageOf, Stop } from '../run/stop.ts'
import { loadTarget } from '../run/target-file.ts'
import { counted } from '../verdict/figures.ts'

type Simulated = { readonly root: string; readonly target: string; readonly defect?: string }
export type ChaosOptions = Simulated & {
  readonly runs: number
  readonly nodes: number
  readonly seed?: string
  readonly json?: boolean
}

/** More would take longer to minimise than to think about. */
const candidatesMax = 400

type Bear = (plan: FaultPlan) => Promise<ScheduleEnd>

/** Runs plans, each on a simulated world of its own. */
async function worlds({ root, target, defect }: Simulated): Promise<Bear> {
  const access = (await loadTarget(root, target)).tiers.simulation
  if (access === undefined)
    throw new Stop(exitCodes.usage, `${target} offers no simulation: schedules run in virtual time, where they repeat.`)
  const planes = ['control', 'mesh', 'healing'] as const
  return async (plan) => {
    const context = { seed: plan.seed, nodes: plan.nodes, planes, ...(defect !== undefined && { defect }) }
    const world: Target = await access.connect({}, context)
    try {
      return await runSchedule({ target: world, plan, proving: true })
    } catch (error) {
      if (error instanceof RefusedPlan) throw new Stop(exitCodes.usage, error.message)
      throw error
    } finally {
      await world.close()
    }
  }
}

const faultsOf = ({ steps }: FaultPlan): string => steps.map(({ fault }) => fault).join(', ')

function told(plan: FaultPlan, { wrong, wholeAfterMs, eventLogHash }: ScheduleEnd): string {
  const [first, ...further] = wrong
  const more = further.length === 0 ? '' : ` and ${further.length} more`
  const ended =
    first === undefined ? `whole after ${((wholeAfterMs ?? 0) / 1_000).toFixed(1)} s` : `RED: ${first}${more}`
  return `plan ${planHash(plan).slice(0, 12)} (seed ${plan.seed}): ${faultsOf(plan)}: ${ended}, event log ${eventLogHash.slice(0, 12)}`
}

/** Minimises a red plan, writes down what is left, and says how it is seen again. */
async function keep(options: Simulated & { readonly bear: Bear; readonly say: Say }, red: FaultPlan): Promise<string> {
  const { root, defect, bear, say } = options
  const isRed = async (plan: FaultPlan): Promise<boolean> => (await bear(plan)).wrong.length > 0
  const { plan, runs } = await minimise({ plan: red, isRed, runsMax: candidatesMax })
  const end = await bear(plan)
  if (end.wrong.length === 0)
    throw new Error(`The minimised plan is not red any more: seed ${plan.seed} is not deterministic.`)
  const regression: Regression = {
    schema: 'meshcert/regression/v1',
    story: `Minimised from ${counted(red.steps.length, 'fault')} on ${red.nodes} nodes to ${faultsOf(plan)}: say here what broke.`,
    plan,
    wrong: [...end.wrong],
    eventLogHash: end.eventLogHash,
    defect: defect ?? null,
  }
  const folder = join(root, '.evidence', 'schedules')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, fileNameOf(plan))
  writeFileSync(file, `${JSON.stringify(regression, null, 2)}\n`)
  say(`minimised in ${counted(runs, 'run')}: ${told(plan, end)}`)
  const line = `npx meshcert replay ${fromHere(file)}${defect === undefined ? '' : ` --defect ${defect}`}`
  say(`replay: ${line}`)
  say('once it is mended, keep the file under chaos/regressions/: every run replays it')
  return line
}

/** A campaign of random schedules. 0: the mesh bore them all; 1: it did not; 2: what chance had to show did not happen. */
export async function chaos(options: ChaosOptions): Promise<number> {
  const { root, runs, nodes, json } = options
  if (!Number.isInteger(runs) || runs < 1 || runs > 100_000)
    throw new Stop(exitCodes.usage, '--runs takes a whole number from 1 to 100000.')
  if (!Number.isInteger(nodes) || nodes < 6 || nodes > 1_000)
    throw new Stop(exitCodes.usage, '--nodes takes a whole number from 6 to 1000.')
  const say = createProgress()
  const seed = chooseSeed(root, options.seed)
  const bear = await worlds(options)
  say(`${counted(runs, 'schedule')} of the default mix on ${nodes} simulated nodes, seed ${seed}`)
  const ends: { readonly plan: FaultPlan; readonly end: ScheduleEnd }[] = []
  for (let run = 0; run < runs; run += 1) {
    const plan = drawSchedule({ seed: `${seed}/${run}`, nodes })
    const end = await bear(plan)
    say(told(plan, end))
    ends.push({ plan, end })
  }
  const red = ends.filter(({ end }) => end.wrong.length > 0)
  const [first] = red
  const replay = first === undefined ? null : await keep({ ...options, bear, say }, first.plan)
  const open = unmet(ends.map(({ end }) => end))
  const wholeAfterS = Math.max(...ends.map(({ end }) => (end.wholeAfterMs ?? Number.POSITIVE_INFINITY) / 1_000))
  const summary = { seed, runs, nodes, red: red.length, faults: ends.flatMap(({ end }) => end.struck).length }
  if (json === true)
    process.stdout.write(
      `${JSON.stringify({ schema: 'meshcert/chaos/v1', ...summary, wholeAfterS, unmet: open, replay })}\n`,
    )
  say(
    `${red.length} of ${runs} red, simulated; ${counted(summary.faults, 'fault')}; whole at most ${wholeAfterS} s after the last fault of a schedule, limit ${sla.chaos.schedule.wholeWithinS} s`,
  )
  for (const obligation of open) say(`chance never showed this, run more: ${obligation}`)
  if (red.length > 0) return exitCodes.nonConformant
  return open.length > 0 ? exitCodes.inconclusive : exitCodes.conformant
}

/**
 * Runs the plan of a file again. 0: the mesh bears it; 1: it is red; 2: a fault of it was without effect, so that there was
 * nothing to bear. Tells whether the event log is the recorded one.
 */
export async function replayPlanFile(
  options: Simulated & { readonly file: string; readonly json?: boolean },
): Promise<number> {
  const { file, json } = options
  let read: ReturnType<typeof readPlanFile>
  try {
    read = readPlanFile(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Stop(exitCodes.usage, messageOf(error))
  }
  const { plan, recorded } = read
  const end = await (await worlds(options))(plan)
  const reproduced = recorded === null ? null : recorded.eventLogHash === end.eventLogHash
  const { wrong, struck, eventLogHash } = end
  const red = wrong.length > 0
  const unseen = struck.filter(({ proven }) => proven !== true).map(({ fault }) => fault)
  if (json === true)
    process.stdout.write(
      `${JSON.stringify({ schema: 'meshcert/replay-plan/v1', planHash: planHash(plan), red, wrong, unseen, eventLogHash, reproduced })}\n`,
    )
  else {
    process.stdout.write(`${told(plan, end)}\n`)
    if (unseen.length > 0) process.stdout.write(`without an effect that was seen: ${unseen.join(', ')}\n`)
    if (reproduced !== null)
      process.stdout.write(`the event log is ${reproduced ? '' : 'not '}the one that was recorded\n`)
  }
  if (red) return exitCodes.nonConformant
  return unseen.length > 0 ? exitCodes.inconclusive : exitCodes.conformant
}
