/**
 * Milliseconds on the host's monotonic clock (CLOCK_MONOTONIC, shared by every process of one
 * host), fractional; in the simulation tier, virtual milliseconds since the world began.
 */
export type Milliseconds = number

/** Time as a suite sees it: real on live tiers, virtual in simulation, where `sleep` advances the world. */
export type Clock = {
  readonly nowMs: () => Milliseconds
  readonly sleep: (ms: Milliseconds) => Promise<void>
}
