/** A run that is ended by a signal: what it has broken is mended before its runner goes. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { askEnding } from '../../chaos/ending.ts'
import { journalName } from '../../chaos/lease.ts'

const Entry = z.object({ step: z.string(), fault: z.string() })

/** A target that answers at all undoes a fault in far less; whatever is not undone by then is by its lease. */
const undoneWithinMs = 2_500
const pollMs = 20

/** Directories of the runs that this process is at. */
const running = new Set<string>()

/** Notes a run that is to be mended should this process be ended; the answer strikes it off. */
export function mendOnEnding(directory: string): () => void {
  running.add(directory)
  return () => void running.delete(directory)
}

/** Faults that the journal of a run tells of and not that they are undone. A line that is being written is not there yet. */
export function faultsInForce(directory: string): readonly string[] {
  const file = join(directory, journalName)
  if (!existsSync(file)) return []
  const open: string[] = []
  for (const line of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
    const { step, fault } = Entry.parse(JSON.parse(line))
    if (step === 'intent') open.push(fault)
    if (step === 'undone' && open.includes(fault)) open.splice(open.indexOf(fault), 1)
  }
  return open
}

type Waiting = { readonly directories?: Iterable<string>; readonly withinMs?: number }

/**
 * Asks whoever holds a fault of these runs to undo it, and waits until the journals say so, 2.5 s at most. Answers which were
 * undone by that and which are left to their leases.
 */
export async function mend(
  by: string,
  { directories = running, withinMs = undoneWithinMs }: Waiting = {},
): Promise<{ readonly undone: readonly string[]; readonly left: readonly string[] }> {
  const runs = [...directories]
  const before = runs.flatMap(faultsInForce)
  for (const run of runs) askEnding(run, by)
  let left = before
  const deadlineMs = performance.now() + withinMs
  while (left.length > 0 && performance.now() < deadlineMs) {
    await delay(pollMs)
    left = runs.flatMap(faultsInForce)
  }
  const undone = [...before]
  for (const fault of left) if (undone.includes(fault)) undone.splice(undone.indexOf(fault), 1)
  return { undone, left }
}
