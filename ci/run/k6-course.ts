/** Whether the arrivals of a load left when its shape has them due: neither late, nor before. */
import { sla } from '../../sla.config.ts'
import { dueAfterMs, type Load } from '../../k6/schedule.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { scheduleLagPremise } from '../../suites/evidence/open-model.ts'

/** One arrival by its number in the common schedule; ms after the start of its generator's scenario. */
export type Start = { readonly index: number; readonly afterMs: number }

/**
 * The generator tells when each arrival started, and what was due when is worked out here: a ramp that was offered at a
 * constant rate begins too early, a spike that was flattened too late. Lateness may be noise of the machine; nothing but
 * another course makes an arrival early.
 */
export function observeCourse(
  observe: Observe,
  { load, starts, hurried }: { readonly load: Load; readonly starts: readonly Start[]; readonly hurried: boolean },
): void {
  const sends = starts.map(({ index, afterMs }) => ({ scheduledAtMs: dueAfterMs(load, index), sentAtMs: afterMs }))
  const priority = hurried ? 'real-time priority' : 'no priority over the target'
  const lag = scheduleLagPremise(sends, load.objective.limit)
  observe.premise({ ...lag, detail: `${sends.length} sends by a generator with ${priority}` })
  const early = sends.reduce((most, { scheduledAtMs, sentAtMs }) => Math.max(most, scheduledAtMs - sentAtMs), 0)
  observe.premise({
    claim: 'schedule lag p99',
    measured: early,
    limit: sla.premises.scheduleLag.atLeastMs,
    unit: 'ms before an arrival was due',
    noise: false,
    detail: `${load.shape} asks for ${load.legs === null ? 'a constant rate' : `a course of ${load.legs.length} stages`}`,
  })
  if (load.legs !== null) countBySecond(observe, load, sends)
}

/** What was asked for and what was offered, second by second: for whoever wants to see the course. */
function countBySecond(
  observe: Observe,
  load: Load,
  sends: readonly { readonly scheduledAtMs: number; readonly sentAtMs: number }[],
): void {
  const seconds = Math.ceil(load.seconds)
  const suffix = load.part === null ? '' : `:${load.part}`
  const counted = (name: string, instants: readonly number[]): void => {
    const perSecond = Array.from({ length: seconds }, () => 0)
    for (const ms of instants) {
      const second = Math.min(seconds - 1, Math.max(0, Math.floor(ms / 1_000)))
      perSecond[second] = (perSecond[second] ?? 0) + 1
    }
    observe.count(`${name}${suffix}`, 'arrivals', instants.length, seconds, perSecond)
  }
  const due = Array.from({ length: load.planned }, (_, index) => dueAfterMs(load, index))
  counted('arrivals asked for', due)
  const sent = sends.map(({ sentAtMs }) => sentAtMs)
  counted('arrivals offered', sent)
}
