import { sla } from '../../sla.config.ts'
import type { Clock } from '../contract/clock.ts'
import { nearestRank } from './nearest-rank.ts'
import type { Premise } from './record.ts'

/** One send of an open-model load. All times are on the clock that was given, in ms. */
export type OpenSend<T> = {
  readonly index: number
  /** When it was due by the schedule: latency counts from here, so that a late generator can't flatter the target. */
  readonly scheduledAtMs: number
  /** When it really left. */
  readonly sentAtMs: number
  readonly endedAtMs: number
  readonly value: T
}

/**
 * Sends `count` requests at `ratePerS` whatever the target answers, and waits for the last answer.
 * Send k is due at start + k / rate; a send that is late leaves at once and the schedule does not
 * shift. `send` answers an outcome and does not throw: an error of the caller ends the load.
 */
export async function openModel<T>(options: {
  readonly clock: Clock
  readonly ratePerS: number
  readonly count: number
  readonly send: (index: number, scheduledAtMs: number) => Promise<T>
}): Promise<readonly OpenSend<T>[]> {
  const { clock, ratePerS, count, send } = options
  const startMs = clock.nowMs()
  const running: Promise<OpenSend<T>>[] = []
  const one = async (index: number, scheduledAtMs: number): Promise<OpenSend<T>> => {
    const sentAtMs = clock.nowMs()
    const value = await send(index, scheduledAtMs)
    return { index, scheduledAtMs, sentAtMs, endedAtMs: clock.nowMs(), value }
  }
  for (let index = 0; index < count; index += 1) {
    const scheduledAtMs = startMs + (index * 1_000) / ratePerS
    // A timer may fire a fraction of a millisecond early: never send before the instant that latency counts from.
    while (clock.nowMs() < scheduledAtMs) await clock.sleep(scheduledAtMs - clock.nowMs())
    const sent = one(index, scheduledAtMs)
    // The rejection is thrown by Promise.all below; until then it must not count as unhandled.
    sent.catch(() => undefined)
    running.push(sent)
  }
  return Promise.all(running)
}

/**
 * The premise that a load really had the rate that a claim names, from its first scheduled instant to its last send: a send
 * that is late does not take from it, a load that is late as a whole does. Less than two sends have no rate.
 */
export function offeredRatePremise(
  sends: readonly Pick<OpenSend<unknown>, 'scheduledAtMs' | 'sentAtMs'>[],
  ratePerS: number,
): Premise {
  const firstMs = sends.reduce((first, { scheduledAtMs }) => Math.min(first, scheduledAtMs), Infinity)
  const tookS = (sends.reduce((last, { sentAtMs }) => Math.max(last, sentAtMs), -Infinity) - firstMs) / 1_000
  const offeredPerS = sends.length < 2 || tookS <= 0 ? 0 : (sends.length - 1) / tookS
  return {
    claim: 'offered rate',
    measured: Math.max(0, ratePerS - offeredPerS),
    limit: 0,
    unit: '1/s too few',
    noise: true,
    detail: `${offeredPerS.toFixed(1)} of ${ratePerS}/s really offered, ${sends.length} sends`,
  }
}

/**
 * The premise that our own sends left on time: p99 of (sent − scheduled) within the share of the
 * judged limit that the config allows. Without a single send the lag counts as infinite.
 */
export function scheduleLagPremise(
  sends: readonly Pick<OpenSend<unknown>, 'scheduledAtMs' | 'sentAtMs'>[],
  limitMs: number,
): Premise {
  const { share, atLeastMs } = sla.premises.scheduleLag
  const lags = sends.map(({ scheduledAtMs, sentAtMs }) => sentAtMs - scheduledAtMs)
  return {
    claim: 'schedule lag p99',
    measured: nearestRank(lags, 0.99) ?? Number.MAX_VALUE,
    limit: Math.max(atLeastMs, limitMs * share),
    unit: 'ms',
    noise: true,
    detail: `${lags.length} sends`,
  }
}
