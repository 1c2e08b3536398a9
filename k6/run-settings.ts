/** What the shared config says of this run. Only one user of a generator loads it, for all of them: `load-of-run.ts`. */
import { sla } from '../sla.config.ts'
import type { LoadShapeName, PlanName } from '../sla.config.ts'
import type { Load } from './schedule.ts'
import { loadOf } from './shapes.ts'

export type RunSettings = { readonly load: Load; readonly maxGeneratorCores: number }

const isPlan = (name: string): name is PlanName => name in sla.plans

/** Plan and scale come from the runner; on its own a script shows the gate's. */
export function settingsOf(shape: LoadShapeName): RunSettings {
  const plan = __ENV.MESHCERT_PLAN ?? 'gate'
  if (!isPlan(plan)) throw new Error(`MESHCERT_PLAN=${plan} is no plan of sla.config.ts.`)
  const load = loadOf(shape, plan, Number(__ENV.MESHCERT_SCALE ?? 1))
  return { load, maxGeneratorCores: sla.premises.generatorCores }
}
