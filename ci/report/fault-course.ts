/** The course of one repeat of a chaos row, as seconds from its injection. */
import { z } from 'zod'
import { sla } from '../../sla.config.ts'
import { armedAtMs, goneAtMs, type FaultJournal } from './fault-journal.ts'
import { planned, type Repeat } from './fault-repeats.ts'
import { inMs, type TimedSeries } from './timed-series.ts'

const Seconds = z.number().nullable()

/** Null is what the records do not tell, or not of which repeat. */
export const FaultCourse = z.object({
  /** From 0, of so many. */
  repeat: z.int().nonnegative(),
  of: z.int().positive(),
  fault: z.string(),
  armedS: Seconds,
  provenS: Seconds,
  undoneS: Seconds,
  detectedS: Seconds,
  /** Whence first success and recovery count: the last injection, or the end of the fault. */
  fromS: Seconds,
  /** Counted from there. */
  firstSuccessS: Seconds,
  recoveryS: Seconds,
})
export type FaultCourse = z.infer<typeof FaultCourse>

/** A series that has a value for every repeat tells of which one each is. */
function valuesOf(timings: readonly TimedSeries[], name: string, repeats: number): readonly number[] | null {
  const own = timings.find((series) => series.name === name)
  return own !== undefined && own.censored === 0 && own.values.length === repeats ? own.values : null
}

const injections = (repeat: Repeat): readonly number[] => repeat.map(({ injectedAtMs }) => injectedAtMs)

type From = 'injection' | 'end'

const heldMs = 1_000 * sla.chaos.steadyHeldS

/** Whoever times a recovery sees the steady state held, and closes the lease then: so the journal tells from where it counts. */
function fromOf(repeat: Repeat, recoveryS: number, journal: FaultJournal): From | null {
  const fault = planned(repeat)
  const closedAtMs = goneAtMs(journal, fault)
  if (closedAtMs === null || fault.undoneAtMs === null) return null
  const offMs = (fromMs: number): number => Math.abs(closedAtMs - (fromMs + 1_000 * recoveryS + heldMs))
  const [injectionOffMs, endOffMs] = [offMs(Math.max(...injections(repeat))), offMs(fault.undoneAtMs)]
  if (Math.min(injectionOffMs, endOffMs) > heldMs) return null
  return injectionOffMs < endOffMs ? 'injection' : 'end'
}

/** What most repeats say: all of a row count from the same. Null where most say nothing. */
function countsFrom(repeats: readonly Repeat[], recoveries: readonly number[], journal: FaultJournal): From | null {
  const said = repeats.map((repeat, index) => fromOf(repeat, recoveries[index] ?? 0, journal))
  const often = (from: From): boolean => 2 * said.filter((one) => one === from).length > said.length
  return (['injection', 'end'] as const).find(often) ?? null
}

/**
 * Its place among the repeats: the slowest by what is judged, or the last where one never got there, after which none is made.
 * Null where the records do not tell.
 */
function worstOf(repeats: readonly Repeat[], timings: readonly TimedSeries[]): number | null {
  const judged = timings.find(({ limitS }) => limitS !== null) ?? timings[0]
  if (judged === undefined || repeats.length === 0) return null
  if (judged.censored > 0) return repeats.length - 1
  const values = valuesOf(timings, judged.name, repeats.length)
  return values === null ? null : values.indexOf(Math.max(...values))
}

/** Of the repeat that took longest; null where nothing was injected or nothing timed, or nobody can tell which it is. */
export function worstCourse(
  repeats: readonly Repeat[],
  timings: readonly TimedSeries[],
  journal: FaultJournal,
): FaultCourse | null {
  const index = worstOf(repeats, timings)
  const repeat = repeats[index ?? -1]
  if (index === null || repeat === undefined) return null
  const fault = planned(repeat)
  const startMs = Math.min(...injections(repeat))
  const since = (atMs: number | null): number | null => (atMs === null ? null : inMs((atMs - startMs) / 1_000))
  const timed = (name: string) => valuesOf(timings, name, repeats.length)
  const recoveries = timed('recovery')
  const from = recoveries === null ? null : countsFrom(repeats, recoveries, journal)
  const fromMs = { injection: Math.max(...injections(repeat)), end: fault.undoneAtMs }
  return {
    repeat: index,
    of: repeats.length,
    fault: fault.fault,
    armedS: since(armedAtMs(journal, fault)),
    provenS: since(fault.effectProvenAtMs),
    undoneS: since(fault.undoneAtMs),
    detectedS: timed('detection')?.[index] ?? null,
    fromS: from === null ? null : since(fromMs[from]),
    firstSuccessS: timed('first success')?.[index] ?? null,
    recoveryS: recoveries?.[index] ?? null,
  }
}
