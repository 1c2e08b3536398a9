/** What became of each arrival of an event load, gathered from the raw samples that carry its number. */
import type { Load } from '../../k6/schedule.ts'
import { dueAfterMs } from '../../k6/schedule.ts'
import { metricNames } from '../../k6/thresholds.ts'
import type { K6Sample } from './k6-samples.ts'

export type Arrival = {
  readonly index: number
  /** Host ms. */
  readonly scheduledAtMs: number
  /** When the target said that it took the event in; null where it never did. */
  readonly acceptedAtMs: number | null
  /** When its alert arrived; null where it did not within its patience. */
  readonly alertedAtMs: number | null
  /** From the actual send of its first request to its alert: what a generator would say that knows no schedule. */
  readonly sentToAlertMs: number | null
  /** Requests that failed. */
  readonly failures: number
  /** Whether the last that failed was refused for want of room, and whether each that failed certainly did not happen. */
  readonly refused: boolean
  readonly definite: boolean
}

type Note = {
  accepted: number
  latency: number
  sentToAlert: number
  failures: number
  refused: boolean
  open: boolean
}

/** k6 may offer an arrival or two beyond the plan. */
const blank = (): Note => ({
  accepted: Number.NaN,
  latency: Number.NaN,
  sentToAlert: Number.NaN,
  failures: 0,
  refused: false,
  open: false,
})

export class ArrivalLog {
  readonly #load: Load
  readonly #notes: (Note | undefined)[] = []
  #startMs = Number.POSITIVE_INFINITY
  #settledAtMs: number | null = null
  #lost = 0

  constructor(load: Load) {
    this.#load = load
  }

  take({ metric, value, tags, arrival }: K6Sample): void {
    if (metric === metricNames.scenarioStart) this.#startMs = Math.min(this.#startMs, value)
    if (metric === metricNames.lost) this.#lost += value
    if (metric === metricNames.settled) this.#settledAtMs = value
    if (arrival === null) return
    const note = (this.#notes[arrival] ??= blank())
    if (metric === metricNames.failure) {
      note.failures += 1
      note.refused = tags['refused'] === 'true'
      note.open ||= tags['definite'] !== 'true'
    }
    if (metric !== metricNames.duration) return
    if (tags['name'] === 'event-accepted') note.accepted = value
    if (tags['name'] === 'event-sent-to-alert') note.sentToAlert = value
    if (tags['name'] === this.#load.objectiveId) note.latency = value
  }

  /** First and last scheduled instant of the load, in host ms; null when no arrival began. */
  stretch(): { readonly fromMs: number; readonly toMs: number } | null {
    const fromMs = this.#startMs
    return Number.isFinite(fromMs) ? { fromMs, toMs: fromMs + this.#load.seconds * 1_000 } : null
  }

  /** Events that were taken in and whose alert never came. */
  get lost(): number {
    return this.#lost
  }

  /**
   * The last alert of the load, in host ms: the latest that was timed, and when all had come. An alert that came when its
   * sender had given up is not timed; the generator waits for the last of them and says when it was there.
   */
  lastAlert(): { readonly atMs: number | null; readonly byMs: number | null } {
    let atMs: number | null = null
    let isLate = false
    for (const { acceptedAtMs, alertedAtMs } of this.arrivals()) {
      if (alertedAtMs !== null) atMs = Math.max(atMs ?? alertedAtMs, alertedAtMs)
      else if (acceptedAtMs !== null) isLate = true
    }
    const byMs = this.#lost > 0 ? null : isLate ? this.#settledAtMs : atMs
    return { atMs, byMs }
  }

  *arrivals(): Generator<Arrival> {
    for (const [index, note] of this.#notes.entries()) {
      if (note === undefined) continue
      const scheduledAtMs = this.#startMs + dueAfterMs(this.#load, index)
      const { accepted, latency, sentToAlert, failures, refused, open } = note
      const alerted = !Number.isNaN(sentToAlert)
      yield {
        index,
        scheduledAtMs,
        acceptedAtMs: Number.isNaN(accepted) ? null : scheduledAtMs + accepted,
        alertedAtMs: alerted ? scheduledAtMs + latency : null,
        sentToAlertMs: alerted ? sentToAlert : null,
        failures,
        refused,
        definite: failures > 0 && !open,
      }
    }
  }
}
