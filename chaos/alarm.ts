/** When a fault that is in force must end before its time. */
import { sla } from '../sla.config.ts'
import type { Bound, Seen } from './bounds.ts'

const { abort, recoveryS } = sla.chaos
const brokenForMs = 1_000 * abort.brokenForS
/** A mesh that is not steady under a sustained fault for so long has spent what it may, and more. */
export const outageMaxMs = 1_000 * abort.outageFactor * recoveryS

export type Alarm = {
  /** Takes one look, of `nowMs`; answers why the fault must end now, or null while it may go on. */
  readonly see: (seen: Seen, nowMs: number) => string | null
}

/** Rings when some bound was broken at every look for `sla.chaos.abort.brokenForS` on end. */
export function armAlarm(bounds: readonly Bound[]): Alarm {
  let brokenSinceMs: number | null = null
  return {
    see: (seen, nowMs) => {
      const broken = bounds.find(({ holds }) => !holds(seen))
      brokenSinceMs = broken === undefined ? null : (brokenSinceMs ?? nowMs)
      if (broken === undefined || brokenSinceMs === null || nowMs - brokenSinceMs < brokenForMs) return null
      return `it broke for ${abort.brokenForS} s on end that ${broken.claim}: ${broken.found(seen)}`
    },
  }
}

/** Why a sustained fault must end now, or null: `unsteadyFor` is what the mesh still lacks, `sinceMs` when it was struck last. */
export const outageAlarm = (unsteadyFor: string | null, { sinceMs, nowMs }: { sinceMs: number; nowMs: number }) =>
  unsteadyFor === null || nowMs - sinceMs < outageMaxMs
    ? null
    : `the mesh is not steady under it after ${outageMaxMs / 1_000} s, ${abort.outageFactor} times what a recovery may take: ${unsteadyFor}`
