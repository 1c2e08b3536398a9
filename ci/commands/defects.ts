import type { DefectSummary } from '../../suites/contract/target.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import { keepKills, killSchema, type KeptKill } from '../report/kill-matrix.ts'
import { suiteState } from '../run/inputs.ts'
import { placesOfUntimed, workInPlaces, type Place } from '../run/places.ts'
import { createProgress, type Say } from '../run/progress.ts'
import { isTimed } from '../run/plan-rows.ts'
import { executeRun } from '../run/run.ts'
import { exitCodes, messageOf, Stop } from '../run/stop.ts'
import { defaultTargetFile, loadTarget } from '../run/target-file.ts'

export type DefectsOptions = { readonly root: string; readonly only: readonly string[]; readonly json?: boolean }

type Kill = Omit<KeptKill, 'state'>

async function tryDefect(root: string, defect: DefectSummary, { say, place }: Place): Promise<Kill> {
  const startedMs = Date.now()
  const at = new Date(startedMs).toISOString()
  const base = { defect: defect.name, requirement: defect.kills, tier: defect.tier, at }
  const tookS = () => Math.round((Date.now() - startedMs) / 100) / 10
  try {
    const run = { root, plan: 'gate', targetFile: defaultTargetFile, defect: defect.name, say, place } as const
    const { document } = await executeRun(run)
    const row = document.requirements.find(({ id, tier }) => id === defect.kills && tier === defect.tier)
    // What only SHOULD hold is red by itself and decides no run.
    const isWished = catalogue.some(({ id, level }) => id === defect.kills && level === 'SHOULD')
    const isRunRed = isWished || document.exitCode === exitCodes.nonConformant
    const killed = row?.verdict === 'FAIL' && defect.reason.test(row.reason) && isRunRed
    return {
      ...base,
      killed,
      exitCode: document.exitCode,
      said: row === undefined ? 'the row did not run' : `${row.verdict}: ${row.reason}`,
      tookS: tookS(),
    }
  } catch (error) {
    return {
      ...base,
      killed: false,
      exitCode: error instanceof Stop ? error.exitCode : exitCodes.suiteDefect,
      said: messageOf(error),
      tookS: tookS(),
    }
  }
}

const isUntimed = ({ kills, tier }: DefectSummary): boolean =>
  tier === 'simulation' || catalogue.some((row) => row.id === kills && !isTimed(row))

/** Tries defects, so many at a time. */
const tryAll = (root: string, defects: readonly DefectSummary[], atOnce: number, say: Say): Promise<readonly Kill[]> =>
  workInPlaces(defects, { atOnce, say }, async (defect, place) => {
    say(`defect ${defect.name}: ${defect.kills} on ${defect.tier} must be red`)
    const kill = await tryDefect(root, defect, place)
    say(`${kill.killed ? 'killed' : 'SURVIVED'} ${kill.defect} in ${kill.tookS} s: ${kill.said}`)
    return { result: kill, isWell: kill.killed }
  })

/** Runs the defects named, or all; what each said is kept for `list`, the bundle and the page of the matrix. */
export async function runDefects(options: DefectsOptions, say: Say): Promise<readonly Kill[]> {
  const { root, only } = options
  const all = (await (await loadTarget(root, defaultTargetFile)).defects?.()) ?? []
  for (const name of only) {
    if (!all.some((defect) => defect.name === name))
      throw new Stop(
        exitCodes.usage,
        `No defect is called ${name}. Known: ${all.map((defect) => defect.name).join(', ')}.`,
      )
  }
  const asked = all.filter(({ name }) => only.length === 0 || only.includes(name))
  const untimed = await tryAll(root, asked.filter(isUntimed), placesOfUntimed, say)
  const timed = await tryAll(
    root,
    asked.filter((defect) => !isUntimed(defect)),
    1,
    say,
  )
  const order = new Map(asked.map(({ name }, index) => [name, index]))
  const kills = [...untimed, ...timed].toSorted(
    (one, other) => (order.get(one.defect) ?? 0) - (order.get(other.defect) ?? 0),
  )
  const state = await suiteState(root)
  keepKills(
    root,
    kills.map((kill) => ({ ...kill, state })),
    new Set(all.map(({ name }) => name)),
  )
  return kills
}

/** Prints the kill matrix; ends 0 if every row killed its defect, else 70: a suite that can't see a planted bug is itself defective. */
export async function defects(options: DefectsOptions): Promise<number> {
  const kills = await runDefects(options, createProgress())
  const survivors = kills.filter(({ killed }) => !killed)
  if (options.json === true) process.stdout.write(`${JSON.stringify({ schema: killSchema, kills })}\n`)
  else {
    for (const { defect, requirement, tier, killed, tookS } of kills) {
      process.stdout.write(
        `${killed ? 'killed  ' : 'SURVIVED'} ${defect.padEnd(36)} ${requirement} on ${tier} (${tookS} s)\n`,
      )
    }
    process.stdout.write(
      `${kills.length - survivors.length} of ${kills.length} defects killed by the named row for the named reason\n`,
    )
  }
  if (kills.length === 0) return exitCodes.inconclusive
  return survivors.length === 0 ? exitCodes.conformant : exitCodes.suiteDefect
}
