import { readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Stop, exitCodes } from './stop.ts'

/** Two runs on one machine would be each other's noise, and their faults each other's outages: one at a time for each user. */
export const lockFile = join(tmpdir(), `meshcert-run-${userInfo().uid}.lock`)

const waitMs = 15 * 60_000

/** When a process began, in clock ticks since boot: a pid alone may have been given to somebody else since. */
function startOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19] ?? null
  } catch {
    return null
  }
}

function holder(): number | null {
  try {
    const [pid = '', start = ''] = readFileSync(lockFile, 'utf8').split(' ')
    return startOf(Number(pid)) === start ? Number(pid) : null
  } catch {
    return null
  }
}

/** Takes the lock in the name of `pid` (the warden's, which removes it), waiting for a run that goes on. */
export async function takeLock(pid: number, say: (line: string) => void): Promise<void> {
  const mine = `${pid} ${startOf(pid) ?? ''}`
  let told = false
  for (let waitedMs = 0; waitedMs < waitMs; waitedMs += 200) {
    try {
      writeFileSync(lockFile, mine, { flag: 'wx' })
      return
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const other = holder()
    if (other === null) removeStale()
    else if (!told) say(`another run (process ${other}) is going on: waiting for it`)
    told ||= other !== null
    await delay(200)
  }
  throw new Stop(exitCodes.usage, `Another run has held ${lockFile} for ${waitMs / 60_000} minutes: end it, or wait.`)
}

function removeStale(): void {
  try {
    unlinkSync(lockFile)
  } catch {
    // Somebody else removed it first.
  }
}
