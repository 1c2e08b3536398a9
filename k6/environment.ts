/** What the runner tells a scenario, all of it by `-e NAME=value`. */
import { sla } from '../sla.config.ts'
import type { LoadShapeName, PlanName } from '../sla.config.ts'
import { loadOf, scenarioOf } from './shapes.ts'
import type { Load } from './shapes.ts'
import { summaryTrendStats, thresholdsOf } from './thresholds.ts'

function required(name: string): string {
  const value = __ENV[name]
  if (value === undefined || value === '') {
    throw new Error(`${name} is missing: scenarios run through \`npx meshcert gate\` or \`certify\`.`)
  }
  return value
}

export const environment = {
  /** Base URL of the plane under load. Read when a request is made: `inspect` needs no target. */
  targetUrl: (): string => required('MESHCERT_URL').replace(/\/$/, ''),
  /** Unlike any other run's against the same target: ids and addresses derive from it. */
  runKey: (): string => required('MESHCERT_RUN_KEY'),
  summaryFile: (): string => required('MESHCERT_SUMMARY'),
}

const isPlan = (name: string): name is PlanName => name in sla.plans

/** The load of this run: plan and scale come from the runner; on its own a script shows the gate's. */
export function loadOfRun(shape: LoadShapeName): Load {
  const plan = __ENV.MESHCERT_PLAN ?? 'gate'
  if (!isPlan(plan)) throw new Error(`MESHCERT_PLAN=${plan} is no plan of sla.config.ts.`)
  return loadOf(shape, plan, Number(__ENV.MESHCERT_SCALE ?? 1))
}

/** k6 options of a load. Few system tags: each raw sample carries them. */
export const optionsOf = (load: Load, sampleShare: number) => ({
  scenarios: { [load.shape]: scenarioOf(load) },
  thresholds: thresholdsOf(load, { sampleShare, maxGeneratorCores: sla.premises.generatorCores }),
  summaryTrendStats,
  systemTags: ['scenario', 'status', 'error_code'],
  setupTimeout: '60s',
})
