import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** When a process began, in clock ticks since boot: its number alone may have been given to another one since. */
function beginningOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19] ?? null
  } catch {
    return null
  }
}

/** The living process that holds the lock; null when it is free or its holder is gone. */
export function holderOf(file: string): number | null {
  try {
    const [pid = '', beginning = ''] = readFileSync(file, 'utf8').split(' ')
    return beginningOf(Number(pid)) === beginning ? Number(pid) : null
  } catch {
    return null
  }
}

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
  const mine = `${file}.${randomUUID()}`
  // Linked into place complete: a lock that can be seen names its holder.
  writeFileSync(mine, `${process.pid} ${beginningOf(process.pid) ?? ''}`)
  try {
    for (let told = false; !taken(mine, file);) {
      const holder = holderOf(file)
      if (holder === null) rmSync(file, { force: true })
      else if (!told) onWait(holder)
      told ||= holder !== null
      await delay(pollMs)
    }
    try {
      return await work()
    } finally {
      rmSync(file, { force: true })
    }
  } finally {
    rmSync(mine, { force: true })
  }
}

function taken(mine: string, file: string): boolean {
  try {
    linkSync(mine, file)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}
