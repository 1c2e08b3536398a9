import type { Tier } from '../../sla.config.ts'
import { createProgress } from '../run/progress.ts'
import { printRun } from '../run/print-run.ts'
import { executeRun } from '../run/run.ts'
import { parseTiers } from '../run/tiers.ts'

export type GateOptions = {
  readonly root: string
  readonly target: string
  readonly seed?: string
  readonly only: readonly string[]
  readonly tier: readonly string[]
  readonly defect?: string
  readonly variant?: string
  readonly json?: boolean
}

/** The merge gate. Returns the exit code of the run. */
export async function gate(options: GateOptions): Promise<number> {
  const { root, target, seed, only, defect, variant } = options
  const tiers: readonly Tier[] = parseTiers(options.tier)
  const ended = await executeRun({
    root,
    plan: 'gate',
    targetFile: target,
    seed,
    only,
    tiers,
    defect,
    variant,
    say: createProgress(),
  })
  printRun(ended, options.json === true)
  return ended.document.exitCode
}
