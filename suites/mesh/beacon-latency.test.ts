import { sla } from '../../sla.config.ts'
import type { MeshPlane, MeshWork } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { readReceipts, repeated, type Reading } from './receipts.ts'

const nodes = 100
/** Gate and quick: 5 s, about 50,000 beacons. A full run: a minute. */
const windowMs = { compressed: 5_000, full: 60_000 } as const
/** A root may be verified so long after its epoch; a beacon that is later than this is not waited for. */
const graceMs = 1_000
const offeredShortfallMax = 0.01

requirement('LOAD-100', ['mesh'], async ({ target, observe, scope, scale, log }) => {
  const { mesh, clock } = target
  expectOk('formMesh', await mesh.formMesh({ nodes }))
  const overMs = windowMs[scope] * scale
  const cpuFrom = process.cpuUsage()
  const startedMs = clock.nowMs()
  const work = workDuring(mesh, clock, overMs)
  const reading = await readReceipts({ mesh, clock, windowMs: overMs, graceMs })
  const done = await work
  const cpu = process.cpuUsage(cpuFrom)

  const { fromMs } = reading
  const inWindow = reading.receipts.filter(
    ({ scheduledAtMs }) => scheduledAtMs >= fromMs && scheduledAtMs < fromMs + overMs,
  )
  // A negative latency can't be recorded; it fails a check below.
  for (const { scheduledAtMs, usedAtMs } of inWindow)
    observe.duration('beacon-latency-100', Math.max(0, usedAtMs - scheduledAtMs))
  // A lost beacon has no receipt: it is as late as the whole window, or losing slow beacons would look like speed.
  const lost = Math.max(0, done.delta.beaconsOffered - done.delta.beaconsUsed)
  for (let index = 0; index < lost; index += 1) observe.duration('beacon-latency-100', overMs)
  for (const { epochEndedAtMs, finalAtMs } of reading.finals)
    observe.duration('beacon-final', finalAtMs - epochEndedAtMs)
  observe.proportion(
    'beacon-delivery',
    Math.min(done.delta.beaconsUsed, done.delta.beaconsOffered),
    done.delta.beaconsOffered,
  )

  checkReceipts(observe, reading, { fromMs, toMs: clock.nowMs() })
  checkWork(observe, done)
  const cores = (cpu.user + cpu.system) / 1_000 / (clock.nowMs() - startedMs)
  observePremises(observe, { reading, done, seconds: overMs / 1_000, cores })
  log(`${inWindow.length} beacons used, ${lost} lost, ${reading.finals.length} roots final`)
})

type Work = {
  /** Over the window. */
  readonly delta: MeshWork
  /** Roots verified from the window's start to `graceMs` after its end. */
  readonly rootsVerifiedLate: number
}

async function workDuring(mesh: MeshPlane, clock: Scenario['target']['clock'], overMs: number): Promise<Work> {
  const read = async () => expectOk('meshWork', await mesh.meshWork({}))
  const before = await read()
  const startedMs = clock.nowMs()
  await clock.sleep(overMs)
  const after = await read()
  await clock.sleep(Math.max(0, startedMs + overMs + graceMs - clock.nowMs()))
  const late = await read()
  const numbers = (work: MeshWork) => ({ ...work, refused: {} })
  const [b, a] = [numbers(before), numbers(after)]
  return {
    delta: {
      ...a,
      beaconsOffered: a.beaconsOffered - b.beaconsOffered,
      beaconsUsed: a.beaconsUsed - b.beaconsUsed,
      datagramsAccepted: a.datagramsAccepted - b.datagramsAccepted,
      macsVerified: a.macsVerified - b.macsVerified,
      rootsExpected: a.rootsExpected - b.rootsExpected,
      rootsVerified: a.rootsVerified - b.rootsVerified,
    },
    rootsVerifiedLate: late.rootsVerified - before.rootsVerified,
  }
}

/** Receipts are only worth what their times and identities are. */
function checkReceipts(observe: Scenario['observe'], reading: Reading, window: { fromMs: number; toMs: number }): void {
  const { receipts, malformed } = reading
  const twice = repeated(receipts)
  const early = receipts.filter(({ scheduledAtMs, usedAtMs }) => usedAtMs < scheduledAtMs).length
  const future = receipts.filter(({ usedAtMs }) => usedAtMs > window.toMs).length
  const stale = receipts.filter(({ usedAtMs }) => usedAtMs < window.fromMs - 10_000).length
  observe.check('every receipt has all its columns', malformed === 0, `${malformed} incomplete`)
  observe.check('no beacon is used twice', twice === 0, `${twice} receipts repeat a beacon`)
  observe.check('no beacon is used before it was scheduled', early === 0, `${early} receipts`)
  observe.check("receipts are on the host's clock", future + stale === 0, `${future} from the future, ${stale} stale`)
}

/** Proof of work: what was used was verified, and no root was skipped. */
function checkWork(observe: Scenario['observe'], { delta, rootsVerifiedLate }: Work): void {
  observe.check(
    'every accepted datagram had its MAC verified',
    delta.macsVerified >= delta.datagramsAccepted && delta.datagramsAccepted > 0,
    `${delta.macsVerified} MACs for ${delta.datagramsAccepted} datagrams`,
  )
  observe.check(
    'every root that was due is verified within a second',
    rootsVerifiedLate >= delta.rootsExpected && delta.rootsExpected > 0,
    `${rootsVerifiedLate} of ${delta.rootsExpected} roots`,
  )
}

function observePremises(
  observe: Scenario['observe'],
  { reading, done, seconds, cores }: { reading: Reading; done: Work; seconds: number; cores: number },
): void {
  const due = nodes * sla.mesh.beaconsPerNodeS * seconds
  observe.premise({
    claim: 'receipts complete',
    measured: reading.dropped,
    limit: 0,
    unit: 'receipts dropped',
    noise: true,
  })
  observe.premise({
    claim: 'dropped iterations',
    measured: Math.max(0, 1 - done.delta.beaconsOffered / due),
    limit: offeredShortfallMax,
    unit: 'share of beacons not offered',
    noise: true,
    detail: `${done.delta.beaconsOffered} of ${due} beacons offered in ${seconds} s`,
  })
  observe.premise({
    claim: 'generator headroom',
    measured: cores,
    limit: sla.premises.generatorCores,
    unit: 'cores used by the suite',
    noise: true,
  })
}
