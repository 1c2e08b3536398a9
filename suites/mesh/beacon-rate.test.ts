import { sla } from '../../sla.config.ts'
import { requirement } from '../requirement.ts'
import { checkReceipts, checkWork, observePremises, owed, reportFigures } from './beacon-evidence.ts'
import { runBeaconLoad } from './beacon-load.ts'
import { endsOf, increase, perSecond } from './work.ts'

const nodes = 1_000

// Used beacons are counted by the target and looked up by the suite: receivers drawn by lot show a receipt for each of
// theirs, every accepted datagram cost a MAC and holds as many beacons as the config declares, as many roots were verified
// in the window as became due in it, and those of the drawn receivers have a receipt each. A verifier that samples, or a
// counter that runs ahead of the work, fails one of these checks whatever the rate.
requirement('SLA-BEACON-RATE', ['mesh'], async (scenario) => {
  const { observe, log } = scenario
  const perNodeS = sla.mesh.rateBeaconsPerNodeS
  const run = await runBeaconLoad(scenario, { nodes, profile: 'high-rate', perNodeS })
  const { first, last } = endsOf(run.work)
  const used = increase(first, last, 'beaconsUsed')
  const offered = increase(first, last, 'beaconsOffered')
  const overS = (last.answeredMs - first.askedMs) / 1_000
  observe.count('beacon-rate', '1', used, overS, perSecond(run.work, 'beaconsUsed'))
  observe.count('beacons offered', '1', offered, overS)
  checkReceipts(observe, run)
  checkWork(observe, run)
  reportFigures(observe, run)
  observePremises(observe, run)
  log(
    `${run.timerProfile.name}: ${used} of ${offered} offered beacons used in ${overS.toFixed(1)} s; ` +
      `${Math.round(owed(run))} owed to ${run.receivers.length} watched receivers, ${run.reading.receipts.sequence.length} receipts`,
  )
})
