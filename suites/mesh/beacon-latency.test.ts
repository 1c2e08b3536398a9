import { sla, type TimerProfileName } from '../../sla.config.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { checkReceipts, checkWork, observePremises, recordLatency, reportFigures } from './beacon-evidence.ts'
import { runBeaconLoad } from './beacon-load.ts'
import { processingSeries } from './live-figures.ts'
import { processingMs } from './processing.ts'

type Size = { readonly nodes: number; readonly profile: TimerProfileName | null; readonly objective: string }

async function measureLatency(scenario: Scenario<'mesh'>, { nodes, profile, objective }: Size): Promise<void> {
  const { observe, log } = scenario
  const run = await runBeaconLoad(scenario, { nodes, profile, perNodeS: sla.mesh.beaconsPerNodeS })
  const course = recordLatency(observe, objective, run)
  for (const ms of processingMs(run.reading.receipts, run.window)) observe.duration(processingSeries, Math.max(0, ms))
  checkReceipts(observe, run)
  checkWork(observe, run)
  reportFigures(observe, run)
  observePremises(observe, run)
  log(`${nodes} nodes, ${run.timerProfile.name}: ${course}`)
}

// A hundred nodes run under the timers that the target starts with: the ones that heal fast. Larger meshes are measured
// under high-rate where the target has it, for no two cores carry both at once; the record says which it was.
requirement('LOAD-100', ['mesh'], (scenario) =>
  measureLatency(scenario, { nodes: 100, profile: null, objective: 'beacon-latency-100' }),
)

requirement('LOAD-500', ['mesh'], (scenario) =>
  measureLatency(scenario, { nodes: 500, profile: 'high-rate', objective: 'beacon-latency-500' }),
)

requirement('LOAD-1000', ['mesh'], (scenario) =>
  measureLatency(scenario, { nodes: 1_000, profile: 'high-rate', objective: 'beacon-latency' }),
)

// One objective with LOAD-1000, and the time until what was used is final.
requirement('SLA-BEACON-LATENCY', ['mesh'], (scenario) =>
  measureLatency(scenario, { nodes: 1_000, profile: 'high-rate', objective: 'beacon-latency' }),
)
