import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DefectSummary } from '../../suites/contract/target.ts'
import { catalogue } from '../../suites/requirements/index.ts'
import { createProgress, type Say } from '../run/progress.ts'
import { executeRun } from '../run/run.ts'
import { exitCodes, messageOf, Stop } from '../run/stop.ts'
import { defaultTargetFile, loadTarget } from '../run/target-file.ts'

export type DefectsOptions = { readonly root: string; readonly only: readonly string[]; readonly json?: boolean }

/** What became of one defect: killed only by the named row, for the named reason. */
export type Kill = {
  readonly defect: string
  readonly requirement: string
  readonly tier: string
  readonly killed: boolean
  readonly exitCode: number
  readonly said: string
  readonly tookS: number
}

async function tryDefect(root: string, defect: DefectSummary, say: Say): Promise<Kill> {
  const startedMs = Date.now()
  const base = { defect: defect.name, requirement: defect.kills, tier: defect.tier }
  const tookS = () => Math.round((Date.now() - startedMs) / 100) / 10
  try {
    const run = { root, plan: 'gate', targetFile: defaultTargetFile, defect: defect.name, say } as const
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

/** Runs the defects named, or all, one after the other; the results of a whole round are kept for `list` and `explain`. */
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
  const kills: Kill[] = []
  for (const defect of all.filter(({ name }) => only.length === 0 || only.includes(name))) {
    say(`defect ${defect.name}: ${defect.kills} on ${defect.tier} must be red`)
    const kill = await tryDefect(root, defect, say)
    say(`${kill.killed ? 'killed' : 'SURVIVED'} ${kill.defect} in ${kill.tookS} s: ${kill.said}`)
    kills.push(kill)
  }
  if (only.length === 0) {
    mkdirSync(join(root, '.evidence'), { recursive: true })
    writeFileSync(
      join(root, '.evidence', 'kill-matrix.json'),
      JSON.stringify({ schema: 'meshcert/kill-matrix/v1', kills }, null, 2),
    )
  }
  return kills
}

/** Prints the kill matrix; ends 0 if every row killed its defect, else 70: a suite that can't see a planted bug is itself defective. */
export async function defects(options: DefectsOptions): Promise<number> {
  const kills = await runDefects(options, createProgress())
  const survivors = kills.filter(({ killed }) => !killed)
  if (options.json === true) process.stdout.write(`${JSON.stringify({ schema: 'meshcert/kill-matrix/v1', kills })}\n`)
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
