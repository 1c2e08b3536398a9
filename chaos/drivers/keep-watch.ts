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

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What is left, and whether that is known; what went wrong leaves all of it. */
async function attempt({
  undo,
}: WatchedFault): Promise<{ readonly residue: readonly string[]; readonly isKnown: boolean }> {
  try {
    return { residue: await undo(), isKnown: true }
  } catch (error) {
    return { residue: [wordsOf(error)], isKnown: false }
  }
}

/** Tells what is left after the first attempt; goes on until whoever could not be reached has answered. */
async function undoAtLast(
  { fault, strikeOff, insistForMs = 0 }: Watched,
  told: (residue: readonly string[]) => object,
): Promise<void> {
  const deadlineMs = nowMs() + insistForMs
  let end = await attempt(fault)
  tell(told(end.residue))
  while (!end.isKnown && nowMs() < deadlineMs) {
    await delay(insistEveryMs)
    end = await attempt(fault)
  }
  if (end.residue.length === 0) strikeOff()
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
      await end((residue) => ({ injected: false, why: [wordsOf(error), ...residue].join('; ') }))
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
