/** The journal of a run's faults, read back: when what undoes a fault was armed, and when nothing was left of it. */
import { z } from 'zod'
import { EvidenceError } from '../../suites/evidence/evidence-error.ts'
import type { RunFiles } from '../../suites/evidence/stored.ts'

const file = 'faults.ndjson'

const Entry = z.object({ step: z.string(), fault: z.string(), atMs: z.number() })
type Entry = z.infer<typeof Entry>

/** What frames one fault, on the clock of its tier. */
type Arming = { readonly fault: string; readonly armedAtMs: number; readonly injectedAtMs: number }
type Ending = { readonly fault: string; readonly undoneAtMs: number; readonly goneAtMs: number }
/** By the name of the fault. */
export type FaultJournal = {
  readonly armings: ReadonlyMap<string, readonly Arming[]>
  readonly endings: ReadonlyMap<string, readonly Ending[]>
}

function entriesOf(files: RunFiles): readonly Entry[] {
  const text = new TextDecoder().decode(files.get(file) ?? new Uint8Array())
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      try {
        return Entry.parse(JSON.parse(line))
      } catch (error) {
        throw new EvidenceError(`${file} line ${index + 1} is no entry of a journal.`, { cause: error })
      }
    })
}

/** Takes the latest that fits out of those that wait: worlds of virtual time write beside one another, each with a clock of its own. */
function takeBefore(waiting: Entry[], { fault, atMs }: Entry): Entry | undefined {
  const fitting = waiting.filter((one) => one.fault === fault && one.atMs <= atMs)
  const latest = fitting.reduce<Entry | undefined>(
    (best, one) => (best === undefined || one.atMs >= best.atMs ? one : best),
    undefined,
  )
  if (latest !== undefined) waiting.splice(waiting.indexOf(latest), 1)
  return latest
}

/** Throws an EvidenceError for a line that no lease has written. Empty where there is no journal. */
export function readFaultJournal(files: RunFiles): FaultJournal {
  const [armed, undone]: [Entry[], Entry[]] = [[], []]
  const armings: Arming[] = []
  const endings: Ending[] = []
  for (const entry of entriesOf(files)) {
    const { step, fault, atMs } = entry
    if (step === 'armed') armed.push(entry)
    else if (step === 'undone') undone.push(entry)
    else if (step === 'injected') {
      const before = takeBefore(armed, entry)
      if (before !== undefined) armings.push({ fault, armedAtMs: before.atMs, injectedAtMs: atMs })
    } else if (step === 'gone' || step === 'residue') {
      const before = takeBefore(undone, entry)
      if (before !== undefined) endings.push({ fault, undoneAtMs: before.atMs, goneAtMs: atMs })
    }
  }
  const byFault = <T extends { readonly fault: string }>(all: readonly T[]) => Map.groupBy(all, ({ fault }) => fault)
  return { armings: byFault(armings), endings: byFault(endings) }
}

/** The target's instant and the runner's note of it are no farther apart: both are on one host. */
const sameMs = 1_000

function nearest<T>(all: readonly T[] | undefined, distanceMs: (one: T) => number): T | null {
  const best = (all ?? []).reduce<T | null>(
    (near, one) => (near === null || distanceMs(one) < distanceMs(near) ? one : near),
    null,
  )
  return best === null || distanceMs(best) > sameMs ? null : best
}

type Recorded = { readonly fault: string; readonly injectedAtMs: number; readonly undoneAtMs: number | null }

/** When what undoes this fault was armed; null where the journal does not tell. */
export const armedAtMs = ({ armings }: FaultJournal, { fault, injectedAtMs }: Recorded): number | null =>
  nearest(armings.get(fault), (one) => Math.abs(one.injectedAtMs - injectedAtMs))?.armedAtMs ?? null

/** When it was looked for what this fault has left; null where the journal does not tell. */
export const goneAtMs = ({ endings }: FaultJournal, { fault, undoneAtMs }: Recorded): number | null =>
  undoneAtMs === null
    ? null
    : (nearest(endings.get(fault), (one) => Math.abs(one.undoneAtMs - undoneAtMs))?.goneAtMs ?? null)
