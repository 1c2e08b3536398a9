import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { clearStale, holderOf, tryLock } from '../tools/lock-file.ts'
import { Stop, exitCodes } from './stop.ts'

/**
 * Two runs on one machine would be each other's noise: one at a time for each user. Only runs that time nothing go on
 * beside others of their kind, each under the lock of its own place.
 */
export const lockFile = (place: number): string =>
  join(tmpdir(), `meshcert-run-${userInfo().uid}${place === 0 ? '' : `-${place}`}.lock`)

const waitMs = 15 * 60_000
const pollMs = 200

/** Takes a lock in the name of `pid` (the warden's, which removes it), waiting for a run that goes on. */
export async function takeLock(file: string, pid: number, say: (line: string) => void): Promise<void> {
  let told = false
  for (let waitedMs = 0; waitedMs < waitMs; waitedMs += pollMs) {
    if (tryLock(file, pid)) return
    const other = holderOf(file)
    if (other === null) clearStale(file)
    else if (!told) say(`another run (process ${other}) is going on: waiting for it`)
    told ||= other !== null
    await delay(pollMs)
  }
  throw new Stop(exitCodes.usage, `Another run has held ${file} for ${waitMs / 60_000} minutes: end it, or wait.`)
}
