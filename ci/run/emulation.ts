import { findTool } from '../tools/finder.ts'
import type { Plan } from '../verdict/plan.ts'
import type { Say } from './progress.ts'

/**
 * What the tests of the containers lane are told of the emulator that lays paths between containers, which is built where
 * faults are planned there. Why there is none is told, not thrown: the rows that need it are then inconclusive.
 */
export async function emulation(options: {
  readonly plan: Plan
  readonly say: Say
  readonly find?: typeof findTool
}): Promise<Readonly<Record<string, string>>> {
  const { plan, say, find = findTool } = options
  const isPlanned = plan.rows.some(({ tier, requirement }) => tier === 'containers' && requirement !== 'CONTRACT')
  if (!isPlanned) return {}
  const tool = await find('emulator', { say })
  const access = 'missing' in tool ? { missing: `${tool.missing}. ${tool.recipe}` } : { path: tool.path }
  return { MESHCERT_EMULATOR_AT: JSON.stringify(access) }
}
