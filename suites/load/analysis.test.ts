import { sla } from '../../sla.config.ts'
import { analyseScaling } from '../analysis/scaling-report.ts'
import { expectOk } from '../contract/outcome.ts'
import { randomFrom } from '../contract/random.ts'
import type { ScaleRun } from '../evidence/scale-run.ts'
import { bringingBack } from '../mesh/formation.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { checkAnalyzer } from './analyzer-checks.ts'
import { frameOf } from './limit-frame.ts'
import { hostProfiles, hostsSpent } from './profiles.ts'
import { checkTold, measureScale } from './scale.ts'

const search = sla.mesh.limitSearch

type Analysis = Scenario<'mesh'>

// Sizes well below the limit are measured and analysed. Every part must be there and must follow from the measurements; the
// same analysis has to name every bottleneck that is planted in them, and to foretell an earlier end of runs that cost twice as much.
requirement('LOAD-ANALYZE', ['mesh'], async (scenario) => {
  const { target, tier, seed, scope, observe, log } = scenario
  const frame = await frameOf(target.mesh, { tier, seed })
  const analyse = (runs: readonly ScaleRun[]) => analyseScaling(runs, { ...frame, random: randomFrom(seed) })
  const runs = await bringingBack(target.mesh, () => measured(scenario))
  const report = analyse(runs)
  observe.file('scaling-report', 'scaling', JSON.stringify({ frame, runs, report }))
  checkAnalyzer(observe, { runs, frame, analyse })
  const { bottleneck, prediction, recommendations } = report
  log(`${scope}: bottleneck ${bottleneck?.name} (${bottleneck?.resource}), limit foretold at ${prediction.nodes}`)
  for (const { action, because } of recommendations) log(`${action}: ${because}`)
})

/** One run a size; at the largest, live, the hosts are profiled too. */
async function measured({ target, tier, scope, random, observe, log }: Analysis): Promise<readonly ScaleRun[]> {
  const live = tier !== 'simulation'
  const sizes = search.calibrate[scope]
  const runs: ScaleRun[] = []
  for (const nodes of sizes) {
    const measurement = await measureScale(target, {
      nodes,
      attempt: 0,
      windowS: search.windowS[scope],
      timerProfile: search.timerProfile,
      perNodeS: sla.mesh.beaconsPerNodeS,
      random: random.stream(`receivers ${nodes}`),
      live,
    })
    const { run, receiptsDropped, figures } = measurement
    for (const { name, unit, value } of figures) observe.measure(`${name} at ${nodes} nodes`, unit, value)
    checkTold(observe, measurement)
    observe.premise({
      claim: 'receipts complete',
      measured: receiptsDropped,
      limit: 0,
      unit: 'receipts dropped',
      noise: true,
      detail: `${nodes} nodes`,
    })
    log(
      `${nodes} nodes: p99 ${run.latencyMs?.p99.toFixed(1)} ms, ${(run.targetCores + run.suiteCores).toFixed(2)} cores`,
    )
    runs.push(nodes === sizes.at(-1) && live ? await profiled(target, run, scope) : run)
  }
  return runs
}

async function profiled({ mesh }: Analysis['target'], run: ScaleRun, scope: 'compressed' | 'full'): Promise<ScaleRun> {
  const { processes } = expectOk('meshResources', await mesh.meshResources({}))
  const hosts = processes.filter(({ udp }) => udp !== null).map(({ instance }) => instance)
  const forMs = search.profile.forS[scope] * 1_000
  const profiles = expectOk('meshProfiles', await mesh.meshProfiles({ forMs }))
  return { ...run, spentOn: hostsSpent(hostProfiles(profiles, hosts)).spent ?? run.spentOn }
}
