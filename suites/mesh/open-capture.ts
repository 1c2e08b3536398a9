import type { Tier } from '../../sla.config.ts'
import type { Capture } from '../contract/capture.ts'
import { captureLoopback } from '../contract/capture-target.ts'
import type { Target } from '../contract/target.ts'

type Watched = { readonly target: Pick<Target, 'tap' | 'apiPorts'>; readonly tier: Tier }

/** What travels between nodes from now on; or why not, where it can't be captured or told from the suite's own posts. */
export async function openCapture({ target, tier }: Watched): Promise<Capture | string> {
  if (tier === 'simulation') return target.tap?.() ?? 'this target has no tap in its virtual network'
  if (target.apiPorts === undefined)
    return "the target does not say at which ports its planes are, so the suite's posts look like its traffic: let its file connect through httpTarget, or answer apiPorts"
  return captureLoopback()
}
