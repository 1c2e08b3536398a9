import type { Clock } from '../contract/clock.ts'
import type { MeshPlane } from '../contract/mesh.ts'
import type { MeshWork } from '../contract/mesh-work.ts'
import { expectOk } from '../contract/outcome.ts'
import { openReceipts, type Reading } from './receipts.ts'

/** Counters as they stood at some instant between question and answer. */
export type WorkReading = { readonly work: MeshWork; readonly askedMs: number; readonly answeredMs: number }

export type WorkWatch = {
  /** A second apart: the first opens the window, the last closes it. */
  readonly readings: readonly WorkReading[]
  /** After the grace that roots have. */
  readonly late: WorkReading
}

type Count = Exclude<keyof MeshWork, 'refused'>

export async function readWork(mesh: MeshPlane, clock: Clock): Promise<WorkReading> {
  const askedMs = clock.nowMs()
  const work = expectOk('meshWork', await mesh.meshWork({}))
  return { work, askedMs, answeredMs: clock.nowMs() }
}

type Watch = {
  readonly mesh: MeshPlane
  readonly clock: Clock
  readonly windowMs: number
  readonly graceMs: number
}

/** Rejects, without another question to the target, at the first instant at which `isBroken` says so. */
async function watchWork({ mesh, clock, windowMs, graceMs }: Watch, isBroken: () => boolean): Promise<WorkWatch> {
  const startMs = clock.nowMs()
  const readAt = async (atMs: number): Promise<WorkReading> => {
    await clock.sleep(Math.max(0, startMs + atMs - clock.nowMs()))
    if (isBroken()) throw new Error('The counters were watched for receipts that could not be read.')
    return readWork(mesh, clock)
  }
  const readings = [await readAt(0)]
  for (let second = 1; second <= Math.round(windowMs / 1_000); second += 1) readings.push(await readAt(second * 1_000))
  return { readings, late: await readAt(windowMs + graceMs) }
}

/**
 * Counters and receipts of one window. Where one of them can't be read the other stops, too, for the target is somebody
 * else's from then on; what failed first is thrown when both have ended.
 */
export async function watchBeacons(
  watch: Watch & { readonly receivers: readonly string[] },
): Promise<{ readonly work: WorkWatch; readonly reading: Reading }> {
  const { mesh, clock, receivers } = watch
  // Receipts are read from before the counters to after them: what is counted can be looked up.
  const reader = await openReceipts({ mesh, clock, receivers })
  const failures: unknown[] = []
  let isOver = false
  const noted = <T>(part: Promise<T>): Promise<T> =>
    part
      .catch((error: unknown) => {
        failures.push(error)
        throw error
      })
      .finally(() => {
        isOver = true
      })
  const working = noted(watchWork(watch, () => isOver))
  const reading = noted(reader.readUntil(() => isOver))
  await Promise.allSettled([working, reading])
  if (failures.length > 0) throw failures[0]
  return { work: await working, reading: await reading }
}

export const increase = (from: WorkReading, to: WorkReading, count: Count): number => to.work[count] - from.work[count]

/** First and last reading of the window. */
export function endsOf({ readings }: WorkWatch): { readonly first: WorkReading; readonly last: WorkReading } {
  const [first, last] = [readings[0], readings.at(-1)]
  if (first === undefined || last === undefined) throw new Error('No counters were read: watchWork reads them twice.')
  return { first, last }
}

/**
 * A count of each second. Nobody knows when between question and answer the counters were read: taken is the longest
 * time that can lie between two readings, and never less than a second, so that no rate is flattered.
 */
export function perSecond({ readings }: WorkWatch, count: Count): readonly number[] {
  return readings.slice(1).flatMap((to, index) => {
    const from = readings[index]
    if (from === undefined) return []
    return [increase(from, to, count) / Math.max(1, (to.answeredMs - from.askedMs) / 1_000)]
  })
}
