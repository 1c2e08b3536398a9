import type { Tier } from '../../sla.config.ts'
import { Tier as TierSchema } from '../../suites/evidence/record.ts'
import { Stop, exitCodes } from './stop.ts'

/** Tiers named on the command line. */
export function parseTiers(names: readonly string[]): readonly Tier[] {
  return names.map((name) => {
    const parsed = TierSchema.safeParse(name)
    if (!parsed.success)
      throw new Stop(exitCodes.usage, `No tier is called ${name}. Tiers: ${TierSchema.options.join(', ')}.`)
    return parsed.data
  })
}
