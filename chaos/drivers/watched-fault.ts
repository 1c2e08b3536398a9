/** A fault from outside the target, as the watchdog that holds it does it. */
export type WatchedFault = {
  readonly inject: () => Promise<void>
  readonly renew: () => Promise<void>
  /** Answers what is left of it. One that somebody else has injected, who is dead, is taken back as well. */
  readonly undo: () => Promise<readonly string[]>
}
