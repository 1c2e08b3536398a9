import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { clearStale, holderOf, tryLock } from '../tools/lock-file.ts'
import { Stop, exitCodes } from './stop.ts'

/** Two runs on one machine would be each other's noise, and their faults each other's outages: one at a time for each user. */
export const lockFile = join(tmpdir(), `meshcert-run-${userInfo().uid}.lock`)

const waitMs = 15 * 60_000
const pollMs = 200

/** Takes the lock in the name of `pid` (the warden's, which removes it), waiting for a run that goes on. */
export async function takeLock(pid: number, say: (line: string) => void): Promise<void> {
  let told = false
  for (let waitedMs = 0; waitedMs < waitMs; waitedMs += pollMs) {
    if (tryLock(lockFile, pid)) return
    const other = holderOf(lockFile)
    if (other === null) clearStale(lockFile)
    else if (!told) say(`another run (process ${other}) is going on: waiting for it`)
    told ||= other !== null
    await delay(pollMs)
  }
  throw new Stop(exitCodes.usage, `Another run has held ${lockFile} for ${waitMs / 60_000} minutes: end it, or wait.`)
}
