import { sla } from '../../sla.config.ts'
import type { Clock } from '../contract/clock.ts'
import type { Premise } from '../evidence/record.ts'

const { readableShareMin } = sla.mesh.memory.live

export type MemoryReadings = {
  /** Bytes, of each reading at which every process could be read. */
  readonly bytes: readonly number[]
  /** Readings at which some process could not be read: what it held nobody knows. */
  readonly unreadable: number
}

/** Reads `count` times, each `everyS` after the one before: a sum of bytes, or null where a part of it can't be read. */
export async function readMemory(
  clock: Pick<Clock, 'sleep'>,
  { count, everyS }: { readonly count: number; readonly everyS: number },
  read: () => readonly (number | null)[],
): Promise<MemoryReadings> {
  const bytes: number[] = []
  for (let nth = 0; nth < count; nth += 1) {
    if (nth > 0) await clock.sleep(1_000 * everyS)
    const shares = read()
    const known = shares.filter((share) => share !== null)
    if (known.length > 0 && known.length === shares.length) bytes.push(known.reduce((sum, share) => sum + share, 0))
  }
  return { bytes, unreadable: count - bytes.length }
}

/** The premise that enough readings are whole: the one that is missing may be the highest. A process that just ended may cost one. */
export function readingsPremise({ bytes, unreadable }: MemoryReadings): Premise {
  const tried = bytes.length + unreadable
  return {
    claim: 'samples enough',
    measured: Math.max(0, Math.max(1, Math.ceil(readableShareMin * tried)) - bytes.length),
    limit: 0,
    unit: 'readings too few',
    noise: true,
    detail: `at ${unreadable} of ${tried} readings some process of the mesh could not be read`,
  }
}
