import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

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

/** Takes the lock in the name of `pid`; false while it lies there, whoever's it is. */
export function tryLock(file: string, pid: number): boolean {
  // Linked into place complete: a lock that can be seen names its holder.
  const draft = `${file}.${pid}.${process.hrtime.bigint()}`
  writeFileSync(draft, `${pid} ${beginningOf(pid) ?? ''}`)
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/**
 * Removes a lock whose holder is gone. It is moved aside first: of several that see it stale one gets
 * it, and a lock that somebody took in that moment is put back.
 */
export function clearStale(file: string): void {
  const aside = `${file}.stale.${process.pid}.${process.hrtime.bigint()}`
  try {
    renameSync(file, aside)
    if (holderOf(aside) !== null) linkSync(aside, file)
  } catch {
    // Somebody else cleared it, or took it anew.
  } finally {
    rmSync(aside, { force: true })
  }
}

/** Gives back a lock that `pid` took, where that process can't do it any more. */
export function releaseLock(file: string, pid: number): void {
  try {
    if (readFileSync(file, 'utf8').split(' ')[0] === String(pid)) rmSync(file, { force: true })
  } catch {
    // There is no lock: nothing to give back.
  }
}
