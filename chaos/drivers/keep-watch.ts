/**
 * What every watchdog does, in a process and a process group of its own: it injects its fault when told to, and takes it back
 * when told to, or when nobody has renewed it for as long as its lease. Its end of the pipe may close: it goes on.
 *
 * It reads `inject`, `renew` and `undo`, a line each, and answers each `inject` and `undo` with a line of JSON.
 */
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import type { WatchedFault } from './watched-fault.ts'

export type Watched = {
  readonly fault: WatchedFault
  readonly leaseMs: number
  /** There may be nothing to take back any more, or yet. */
  readonly strikeOff: () => void
  /** Whoever can not be reached now may be later: so long the fault is taken back again and again. Absent: tried once. */
  readonly insistForMs?: number
}

const insistEveryMs = 500

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6
const tell = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`)

/** Residue, or what went wrong, which leaves all of it. */
const attempt = (undo: () => Promise<readonly string[]>): Promise<readonly string[]> =>
  undo().catch((error: unknown) => [error instanceof Error ? error.message : String(error)])

/** Tells what is left after the first attempt; goes on until nothing is. */
async function undoAtLast(
  { fault, strikeOff, insistForMs = 0 }: Watched,
  told: (residue: readonly string[]) => object,
): Promise<void> {
  const deadlineMs = nowMs() + insistForMs
  let residue = await attempt(fault.undo)
  tell(told(residue))
  while (residue.length > 0 && nowMs() < deadlineMs) {
    await delay(insistEveryMs)
    residue = await attempt(fault.undo)
  }
  if (residue.length === 0) strikeOff()
}

/** Says that it is armed, and obeys from then on; the process ends with the fault. */
export function keepWatch(watched: Watched): void {
  const { fault, leaseMs, strikeOff } = watched
  // Whoever ordered it may be gone: nobody reads, and the fault is taken back all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  let expiry: NodeJS.Timeout | undefined
  let injecting: Promise<void> = Promise.resolve()
  let undone = false

  const end = async (told: (residue: readonly string[]) => object): Promise<void> => {
    if (undone) return
    undone = true
    clearTimeout(expiry)
    // On a slow machine a lease is over before its fault is there: what comes after its undoing would stay.
    await injecting.catch(() => undefined)
    await undoAtLast(watched, told)
    process.exit(0)
  }
  const undo = (): Promise<void> => end((residue) => ({ undone: true, atMs: nowMs(), residue }))
  const lease = (): void => {
    clearTimeout(expiry)
    expiry = setTimeout(() => void undo(), leaseMs)
  }
  const inject = async (): Promise<void> => {
    lease()
    injecting = fault.inject()
    try {
      await injecting
      tell({ injected: true, atMs: nowMs() })
    } catch (error) {
      await end((residue) => ({ injected: false, why: [String(error), ...residue].join('; ') }))
    }
  }
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      if (line === 'inject') void inject()
      if (line === 'undo') void undo()
      if (line !== 'renew' || undone) return
      lease()
      fault.renew().catch(() => undefined)
    })
    .on('close', () => {
      // Nothing was done yet: there is nothing to wait for.
      if (expiry !== undefined) return
      strikeOff()
      process.exit(0)
    })
  tell({ armed: true })
}
