import { sla, type TimerProfileName } from '../../sla.config.ts'
import { nearestRank } from '../evidence/nearest-rank.ts'
import { requirement } from '../requirement.ts'
import { observePremises } from './beacon-evidence.ts'
import { runBeaconLoad } from './beacon-load.ts'
import type { Figure } from './load-metrics.ts'
import { latenciesMs } from './receipts.ts'

type Size = { readonly nodes: number; readonly profile: TimerProfileName | null }

/** The load scenarios, by size; a compressed run takes the one that forms at once. */
const sizes: Readonly<Record<'compressed' | 'full', readonly Size[]>> = {
  compressed: [{ nodes: 100, profile: null }],
  full: [
    { nodes: 100, profile: null },
    { nodes: 500, profile: 'high-rate' },
    { nodes: 1_000, profile: 'high-rate' },
  ],
}

// A figure is present when it is a number above zero: fields that stay at zero, series without a sample and histograms that
// nobody filled are what an empty report is made of. Latencies of operations are counted since their process began.
requirement('LOAD-METRICS', ['mesh', 'healing', 'identity'], async (scenario) => {
  const { observe, scope, log } = scenario
  for (const { nodes, profile } of sizes[scope]) {
    const run = await runBeaconLoad(scenario, { nodes, profile, perNodeS: sla.mesh.beaconsPerNodeS })
    const latencies = latenciesMs(run.reading.receipts, run.window)
    const latency = [0.5, 0.95, 0.99].map((quantile): Figure => ({
      name: `beacon latency p${quantile * 100}`,
      unit: 'ms',
      value: nearestRank(latencies, quantile),
    }))
    for (const { name, unit, value } of [...latency, ...run.figures]) {
      const isThere = value !== null && Number.isFinite(value) && value > 0
      observe.check(`${nodes} nodes: ${name} is reported`, isThere, value === null ? 'nothing' : `${value} ${unit}`)
      observe.measure(`${name} at ${nodes} nodes`, unit, isThere ? value : null)
    }
    observePremises(observe, run)
    const told = [...latency, ...run.figures].map(({ name, unit, value }) => `${name} ${value?.toPrecision(3)} ${unit}`)
    log(`${nodes} nodes: ${told.join(', ')}`)
  }
})
