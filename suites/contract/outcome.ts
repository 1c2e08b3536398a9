/**
 * What a verb of the contract answers. A failure is *definite* (it did not happen) or *indefinite*
 * (it may have happened: a time-out, a broken connection). When in doubt, indefinite: "no data
 * loss" can only be judged if the two are kept apart.
 */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false
      readonly definite: boolean
      readonly error: string
      readonly status?: number
      /** What a refusal says in Retry-After, in seconds; absent where it says nothing, or no number. */
      readonly retryAfterS?: number
    }

export const ok = <T>(value: T): Outcome<T> => ({ ok: true, value })

/** A failure that certainly did not happen at the target. `status` is the HTTP status where there was one. */
export const definite = (error: string, status?: number): Outcome<never> =>
  status === undefined ? { ok: false, definite: true, error } : { ok: false, definite: true, error, status }

/** A failure that may have happened at the target: a time-out, a cut connection, a 5xx without a promise. */
export const indefinite = (error: string, status?: number): Outcome<never> =>
  status === undefined ? { ok: false, definite: false, error } : { ok: false, definite: false, error, status }

/** Thrown for what may have happened: the target did not answer in time, or not to the end. */
export class Unanswered extends Error {}

/** The value, or an error that names the verb and says what the target answered; `Unanswered` where that is indefinite. */
export function expectOk<T>(verb: string, outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value
  if (outcome.definite) throw new Error(`${verb} definitely failed: ${outcome.error}`)
  throw new Unanswered(`${verb} failed, and may have happened: ${outcome.error}`)
}
