import { expectOk } from '../contract/outcome.ts'
import { requirement } from '../requirement.ts'
import { readLiveBaseline } from './live-baseline.ts'
import { latencyQuantile, readReceipts } from './receipts.ts'

const nodes = 100
const windowMs = 10_000
const graceMs = 1_000

// Modelled against measured: the simulation's p50 at 100 nodes, in virtual time with modelled costs, against the p50 of
// committed live runs that did not calibrate the model. One relative difference per live run; the worst is judged.
requirement('LOAD-MODEL-a', ['mesh'], async ({ target, observe, scale, log }) => {
  const { mesh, clock } = target
  expectOk('formMesh', await mesh.formMesh({ nodes }))
  // One epoch of calm: links that are still forming have another latency than a mesh at work.
  const { timerProfile } = expectOk('meshStatus', await mesh.meshStatus({}))
  await clock.sleep(timerProfile.epochMs)
  const { receipts, dropped } = await readReceipts({ mesh, clock, windowMs: windowMs * scale, graceMs })
  observe.premise({
    claim: 'receipts complete',
    measured: dropped,
    limit: 0,
    unit: 'receipts dropped',
    noise: false,
    detail: `${receipts.length} modelled receipts read`,
  })
  const modelled = latencyQuantile(receipts, 0.5)
  const baseline = readLiveBaseline()
  for (const { run, n, p50Ms } of baseline.runs.filter((live) => live.nodes === nodes)) {
    observe.measure('model-agreement', '1', Math.abs(modelled - p50Ms) / p50Ms)
    log(`modelled p50 ${modelled} ms of ${receipts.length}, live p50 ${p50Ms} ms of ${n} (run ${run})`)
  }
})
