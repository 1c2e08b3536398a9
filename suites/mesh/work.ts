import type { Clock } from '../contract/clock.ts'
import type { MeshPlane, MeshWork } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'

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

export async function watchWork(options: {
  readonly mesh: MeshPlane
  readonly clock: Clock
  readonly windowMs: number
  readonly graceMs: number
}): Promise<WorkWatch> {
  const { mesh, clock, windowMs, graceMs } = options
  const readings = [await readWork(mesh, clock)]
  const startMs = clock.nowMs()
  for (let second = 1; second <= Math.round(windowMs / 1_000); second += 1) {
    await clock.sleep(Math.max(0, startMs + second * 1_000 - clock.nowMs()))
    readings.push(await readWork(mesh, clock))
  }
  await clock.sleep(Math.max(0, startMs + windowMs + graceMs - clock.nowMs()))
  return { readings, late: await readWork(mesh, clock) }
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
