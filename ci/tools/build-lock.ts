import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { clearStale, holderOf, tryLock } from './lock-file.ts'

const pollMs = 200

/**
 * Holds `file` while `work` runs, after waiting for whoever holds it; a holder that died holds
 * nothing. It saves work and nothing more: what is built appears by rename, so two builders at once,
 * which a stale lock removed twice could allow, would do no harm.
 */
export async function withBuildLock<T>(
  file: string,
  onWait: (holder: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  for (let told = false; !tryLock(file, process.pid);) {
    const holder = holderOf(file)
    if (holder === null) clearStale(file)
    else if (!told) onWait(holder)
    told ||= holder !== null
    await delay(pollMs)
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}
