import { sla } from '../../sla.config.ts'
import { analyseScaling, type ScalingReport } from '../analysis/scaling-report.ts'
import { expectOk } from '../contract/outcome.ts'
import { randomFrom } from '../contract/random.ts'
import type { ScaleRun } from '../evidence/scale-run.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { frameOf } from './limit-frame.ts'
import { hostProfiles, hostsSpent } from './profiles.ts'
import { checkTold, measureScale } from './scale.ts'

const search = sla.mesh.limitSearch

type Analysis = Scenario<'mesh'>

// Sizes well below the limit are measured and analysed. Every part must be there, with numbers, and must follow from the
// measurements: the same analysis of runs that cost twice as much has to come out otherwise.
requirement('LOAD-ANALYZE', ['mesh'], async (scenario) => {
  const { target, tier, seed, scope, observe, log } = scenario
  const frame = await frameOf(target.mesh, { tier, seed })
  const analyse = (runs: readonly ScaleRun[]) => analyseScaling(runs, { ...frame, random: randomFrom(seed) })
  const runs = await measured(scenario)
  const report = analyse(runs)
  observe.file('scaling-report', 'scaling', JSON.stringify({ frame, runs, report }))
  checkParts(scenario, runs, report)
  const dearer = runs.map((run) => ({
    ...run,
    targetCores: 2 * run.targetCores,
    processes: run.processes.map((one) => ({
      ...one,
      cores: 2 * one.cores,
      loopShare: Math.min(0.99, 2 * (one.loopShare ?? 0)),
    })),
  }))
  const [before, after] = [report.prediction.nodes ?? 0, analyse(dearer).prediction.nodes ?? Infinity]
  observe.check(
    'a mesh that costs twice as much is foretold to fail earlier',
    after < before,
    `${after} after ${before}`,
  )
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
      random: random.stream(`receivers ${nodes}`),
      live,
    })
    const { run, receiptsDropped } = measurement
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

const hasNumber = (text: string): boolean => /\d/.test(text)

function checkParts({ observe }: Analysis, runs: readonly ScaleRun[], report: ScalingReport): void {
  const { degradation, bottleneck, prediction, recommendations, scalability } = report
  const sizes = runs.map(({ nodes }) => nodes)
  const drawn = degradation.points.filter(({ latencyMsP50, latencyMsP95, latencyMsP99 }) =>
    [latencyMsP50, latencyMsP95, latencyMsP99].every((ms) => ms !== null && ms > 0),
  )
  observe.check('latency under load at every size', drawn.length === sizes.length, `${drawn.length} of ${sizes.length}`)
  const curve = degradation.points.filter(
    ({ latencyFactor, efficiency }) => latencyFactor !== null && efficiency !== null,
  )
  observe.check('degradation at every size', curve.length === sizes.length, `${curve.length} of ${sizes.length}`)
  observe.check('a knee of the curve', degradation.knee !== null, 'none')
  observe.check('the law of scalability fits', scalability !== null, 'it does not')
  const evidence = bottleneck?.evidence ?? []
  observe.check('the bottleneck is named', bottleneck !== null, 'nothing was measured')
  observe.check(
    'the bottleneck has evidence with numbers',
    evidence.length >= 2 && evidence.every(hasNumber),
    evidence.join('; '),
  )
  const largest = Math.max(...sizes)
  const { nodes, interval } = prediction
  observe.check('a failure point is foretold beyond what was run', nodes !== null && nodes > largest, `${nodes}`)
  const inside = interval !== null && nodes !== null && interval[0] <= nodes && nodes <= interval[1] + 1
  observe.check('it comes with an interval', inside, JSON.stringify(interval))
  observe.check('recommendations follow', recommendations.length > 0, 'none')
  for (const { action, because } of recommendations)
    observe.check(`advice has its numbers: ${action}`, hasNumber(because), because)
}
