/**
 * What is waited for, and how exactly its instant is known. Nobody's word is taken for it: it came after the last question
 * whose answer did not show it was asked, and before the first answer that shows it was here. The time is told by that
 * answer, so that it is never too short; the distance between the two is its resolution. Who asks late, or is answered slowly,
 * widens it.
 */
import { sla } from '../sla.config.ts'
import type { Clock } from '../suites/contract/clock.ts'
import type { Observe } from '../suites/evidence/recorder.ts'

/** An instant in ms, and how much sooner it may have been. */
export type Known = { readonly atMs: number; readonly resolutionMs: number }

/** A time in s, and how much shorter it may have been. */
export type Timed = { readonly s: number; readonly resolutionS: number }

/** When something was asked, and when its answer was here. */
export type Question = { readonly askedAtMs: number; readonly answeredAtMs: number }

export async function asking<T>(clock: Clock, ask: () => Promise<T>): Promise<Question & { readonly answer: T }> {
  const askedAtMs = clock.nowMs()
  const answer = await ask()
  return { askedAtMs, answer, answeredAtMs: clock.nowMs() }
}

/** A target tells microseconds, rounded, and virtual time is a sum of fractions: no instant is known better. */
const finestMs = 1
const sumErrorMs = 1e-6

/** Rounded up to the millisecond. */
const roundedUp = (ms: number): number => Math.max(finestMs, Math.ceil(ms - sumErrorMs))

export class Awaited {
  #afterMs: number
  #known: Known | null = null

  /** It can't come before that instant. */
  constructor(fromMs: number) {
    this.#afterMs = fromMs
  }

  /** Null while it is waited for. */
  get known(): Known | null {
    return this.#known
  }

  /** What one more answer says of it. It may be lost again, and is waited for anew then. */
  look(isThere: boolean, { askedAtMs, answeredAtMs }: Question): Known | null {
    if (isThere) this.#known ??= { atMs: answeredAtMs, resolutionMs: roundedUp(answeredAtMs - this.#afterMs) }
    else {
      this.#known = null
      this.#afterMs = Math.max(this.#afterMs, askedAtMs)
    }
    return this.#known
  }

  /** The answer tells when it came, which counts as far as that can be: not before the last question without it, nor after its own answer. */
  told(atMs: number, { answeredAtMs }: Pick<Question, 'answeredAtMs'>): Known {
    this.#known ??= { atMs: Math.min(answeredAtMs, Math.max(this.#afterMs, atMs)), resolutionMs: finestMs }
    return this.#known
  }
}

/** From that instant on; null where it never came. Throws where it came before by more than rounding: then the clocks are not one. */
export function timed(known: Known | null, sinceMs: number): Timed | null {
  if (known === null) return null
  const { atMs, resolutionMs } = known
  if (atMs < sinceMs - finestMs)
    throw new Error(
      `The target dates a fault or its end ${sinceMs - atMs} ms after what followed it: its clock must be that of the host, in ms.`,
    )
  return { s: Math.max(0, atMs - sinceMs) / 1_000, resolutionS: resolutionMs / 1_000 }
}

export const measureTimed = (observe: Pick<Observe, 'measure'>, name: string, known: Timed | null): void =>
  observe.measure(name, 's', known?.s ?? null, known?.resolutionS)

export const timedText = (known: Timed | null): string =>
  known === null ? 'never' : `after ${known.s} s (known to ${known.resolutionS} s)`

/** Timers of a live tier fire up to so much late. */
const lateMs = 1
const { resolutionMs } = sla.chaos

/**
 * How long to wait before what is awaited is asked for again: so long that the next answer comes within the resolution of
 * this question, if it takes as long as this one. Who takes long to answer is left alone for as long as that.
 */
export function pauseMs(clock: Clock, { askedAtMs, answeredAtMs }: Question): number {
  const turnMs = clock.nowMs() - askedAtMs
  return Math.max(turnMs, resolutionMs - lateMs - turnMs - (answeredAtMs - askedAtMs))
}
