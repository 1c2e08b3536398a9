import { sla } from '../../sla.config.ts'
import type { Observe } from '../evidence/recorder.ts'
import type { BeaconRun, WatchedMesh } from './beacon-load.ts'
import { latenciesMs } from './receipts.ts'
import { followSequences } from './sequences.ts'
import { endsOf, increase, type WorkReading } from './work.ts'

/** One share may differ from the other by what the config allows between a report and an observation. */
const differenceMax = sla.objectives['self-report-agreement'].limit

const secondsOf = ({ window }: WatchedMesh): number => (window.toMs - window.fromMs) / 1_000

/** A link has up to a datagram's beacons more or less in a window: four deviations of the sum of so many links. */
const phaseSlack = (links: number, profile: WatchedMesh['timerProfile']): number =>
  2 * beaconsPerMac(profile) * Math.sqrt(links)

/**
 * Beacons that the watched receivers should have got: their share of what all nodes owe by the promise, or what their links
 * carry by the timer profile where that is more. Else a profile that sends more than is promised could lose the difference.
 */
export function owed(run: WatchedMesh): number {
  const { load, links, timerProfile } = run
  const promised = (load.nodes * load.perNodeS * secondsOf(run) * links.watched) / Math.max(1, links.all)
  const sent = links.watched * timerProfile.beaconsPerLinkS * secondsOf(run)
  return Math.max(promised, sent - phaseSlack(links.watched, timerProfile))
}

/**
 * One latency per watched beacon. What was owed and never used, whether lost on the way or never sent, is as late as
 * the whole window: or losing slow beacons, or sending fewer, would look like speed.
 */
export function recordLatency(observe: Observe, objective: string, run: WatchedMesh): string {
  const { reading, window } = run
  const latencies = latenciesMs(reading.receipts, window)
  // A negative latency can't be recorded; it fails a check.
  for (const ms of latencies) observe.duration(objective, Math.max(0, ms))
  const lost = Math.max(0, Math.round(owed(run)) - latencies.length)
  for (let index = 0; index < lost; index += 1) observe.duration(objective, window.toMs - window.fromMs)
  observe.proportion('beacon-delivery', latencies.length, latencies.length + lost)
  const finals = reading.finals.filter(
    ({ epochEndedAtMs }) => epochEndedAtMs >= window.fromMs && epochEndedAtMs < window.toMs,
  )
  for (const { epochEndedAtMs, finalAtMs } of finals)
    observe.duration('beacon-final', Math.max(0, finalAtMs - epochEndedAtMs))
  return `${latencies.length} beacons used, ${lost} lost, ${finals.length} roots final`
}

/** What was read of a mesh under beacons, and what it counted meanwhile. */
export type ReadBeacons = Pick<WatchedMesh, 'reading' | 'work' | 'links' | 'timerProfile' | 'window'> & {
  readonly load: { readonly nodes: number; readonly perNodeS: number }
}

type Checks = Pick<Observe, 'check'>

/** Of checks that no delay can fail: what was used was used at some time, and wrongly at any. */
const timeless = { noise: false }

/** Receipts are only worth what their times and identities are. */
export function checkReceipts(observe: Checks, { reading, load, timerProfile, window }: ReadBeacons): void {
  const { receipts, malformed, misplaced, strange } = reading
  const jumpMax = Math.ceil((timerProfile.beaconsPerLinkS * (window.toMs - window.fromMs)) / 1_000)
  const { repeated } = followSequences(receipts, jumpMax)
  const early = receipts.usedAtMs.filter((usedAtMs, index) => usedAtMs < (receipts.scheduledAtMs[index] ?? 0)).length
  const final = reading.finals.filter(({ epochEndedAtMs, finalAtMs }) => finalAtMs < epochEndedAtMs).length
  observe.check('every receipt has all its columns', malformed === 0, `${malformed} incomplete`, timeless)
  observe.check('no beacon is used twice', repeated === 0, `${repeated} receipts repeat a beacon`, timeless)
  observe.check('no beacon is used before it was scheduled', early === 0, `${early} receipts`, timeless)
  observe.check('no root is final before its epoch ended', final === 0, `${final} roots`, timeless)
  observe.check(
    'every use shows in the first answer after it',
    misplaced === 0,
    `${misplaced} receipts tell of a time before the answer that lacks them, or after the one that holds them`,
  )
  observe.check(
    'only receipts that were asked for',
    strange === 0,
    `${strange} of other receivers at ${load.nodes} nodes`,
    timeless,
  )
}

/** Something that is counted at some instant from `fromMs` to `toMs`, one of each per entry. */
type Instants = { readonly fromMs: readonly number[]; readonly toMs: readonly number[] }

const at = (ms: readonly number[]): Instants => ({ fromMs: ms, toMs: ms })

/** What counters said at two instants must lie between what was seen surely and possibly in between. */
function between({ fromMs, toMs }: Instants, first: WorkReading, last: WorkReading): { least: number; most: number } {
  const within = (openedMs: readonly number[], afterMs: number, closedMs: readonly number[], beforeMs: number) =>
    openedMs.filter((ms, index) => ms > afterMs && (closedMs[index] ?? ms) < beforeMs).length
  return {
    least: within(fromMs, first.answeredMs, toMs, last.askedMs),
    // Receipts tell whole microseconds, so that one may seem to lie on the other side of an instant.
    most: within(toMs, first.askedMs - 0.001, fromMs, last.answeredMs + 0.001),
  }
}

/**
 * Counters against receipts, per link. Where all receivers are watched they agree exactly; a sample by lot may differ by
 * what the phases of the links make: each link has k or k + 1 events of `together` in a window, so the mean of n links
 * has a standard deviation of at most together / (2 √n), and four of them are allowed, beside the agreed relative difference.
 */
function agrees(
  counted: number,
  seen: { readonly least: number; readonly most: number; readonly together: number },
  links: WatchedMesh['links'],
): boolean {
  const perLink = counted / Math.max(1, links.all)
  const phases = (2 * seen.together) / Math.sqrt(Math.max(1, links.watched))
  const slack = links.watched >= links.all ? 0 : phases + differenceMax * perLink
  const watched = Math.max(1, links.watched)
  return perLink >= seen.least / watched - slack && perLink <= seen.most / watched + slack
}

const declaredProfiles: Readonly<Record<string, { readonly beaconsPerDatagram: number }>> = sla.timerProfiles

/**
 * How many beacons one MAC may stand for. The target states it of its own timer profile, so that it counts only as far as
 * the config declares it: for the profile of that name, or for any.
 */
function beaconsPerMac({ name, beaconsPerDatagram }: WatchedMesh['timerProfile']): number {
  const declared = Object.hasOwn(declaredProfiles, name) ? declaredProfiles[name] : undefined
  const largest = Math.max(...Object.values(declaredProfiles).map((profile) => profile.beaconsPerDatagram))
  return declared?.beaconsPerDatagram ?? Math.min(beaconsPerDatagram, largest)
}

/**
 * Beacons that are shed and not counted as offered would make a mesh look whole, and one that offers fewer than is promised
 * look large. Each link owes its profile's rate, all nodes what the load asks of them where that is more; in a window the
 * phases of the links are allowed, beside the agreed relative difference.
 */
export function checkOffered(observe: Checks, { work, links, timerProfile, load }: ReadBeacons): void {
  const { first, last } = endsOf(work)
  const offered = increase(first, last, 'beaconsOffered')
  const overS = Math.max(0, last.askedMs - first.answeredMs) / 1_000
  const due = Math.max(links.all * timerProfile.beaconsPerLinkS, load.nodes * load.perNodeS) * overS
  const slack = phaseSlack(links.all, timerProfile) + differenceMax * due
  observe.check(
    'as many beacons are offered as are due',
    offered + slack >= due,
    `${offered} offered in ${overS.toFixed(1)} s, ${Math.round(due)} due of ${load.nodes} nodes on ${links.all} links`,
  )
}

/** Slow beacons whose receipts are left out would look like speed. */
export function checkUsed(observe: Checks, { reading, work, links, timerProfile }: ReadBeacons): void {
  const { first, last } = endsOf(work)
  const used = increase(first, last, 'beaconsUsed')
  const perMac = beaconsPerMac(timerProfile)
  const receipts = between(at(reading.receipts.usedAtMs), first, last)
  observe.check(
    'every beacon that is counted as used has its receipt',
    used > 0 && agrees(used, { ...receipts, together: perMac }, links),
    `${used} counted on ${links.all} links, ${receipts.least} to ${receipts.most} receipts on ${links.watched}`,
  )
}

/** Proof of work: what was used was verified and has its receipts, and no root was skipped. */
export function checkWork(observe: Observe, run: WatchedMesh): void {
  const { work, timerProfile } = run
  const { first, last } = endsOf(work)
  const used = increase(first, last, 'beaconsUsed')
  const offered = increase(first, last, 'beaconsOffered')
  const accepted = increase(first, last, 'datagramsAccepted')
  const verified = increase(first, last, 'macsVerified')
  const perMac = beaconsPerMac(timerProfile)
  observe.check(
    'every accepted datagram had its MAC verified',
    verified >= accepted && accepted > 0,
    `${verified} MACs for ${accepted} datagrams`,
    { noise: accepted === 0 },
  )
  observe.check(
    'no more beacons are used than accepted datagrams hold',
    used <= accepted * perMac,
    `${used} beacons of ${accepted} datagrams, ${perMac} in each; the target says ${timerProfile.beaconsPerDatagram}`,
    timeless,
  )
  checkUsed(observe, run)
  checkLoss(observe, run, { offered, used })
  checkRoots(observe, run)
}

/**
 * Roots that became due in the window, by the counters and by the receipts. A receiver learns of an epoch's end from the
 * root or from the next datagram, so that it is counted as due at some instant from the epoch's end to the earlier of these.
 */
function checkRoots(observe: Observe, { reading, work, links, timerProfile }: WatchedMesh): void {
  const { first, last } = endsOf(work)
  const expected = increase(first, last, 'rootsExpected')
  const verified = increase(first, work.late, 'rootsVerified')
  observe.check(
    'every root that was due is verified within the grace',
    verified >= expected && expected > 0,
    `${verified} of ${expected} roots`,
  )
  const inTime = reading.finals.filter(({ finalAtMs }) => finalAtMs <= work.late.answeredMs)
  const endedMs = inTime.map(({ epochEndedAtMs }) => epochEndedAtMs)
  const noticedMs = noticeMs(timerProfile)
  const dueMs = inTime.map(({ epochEndedAtMs, finalAtMs }) => Math.min(finalAtMs, epochEndedAtMs + noticedMs))
  const due = between({ fromMs: endedMs, toMs: dueMs }, first, last)
  observe.check(
    'every root that is counted as due has its receipt within the grace',
    agrees(expected, { ...due, together: 1 }, links),
    `${expected} counted on ${links.all} links, ${due.least} to ${due.most} receipts on ${links.watched}`,
  )
  // Counted over the window alone, on all links: a lot of receivers is too few for a share of the roots of half an epoch.
  const verifiedSoFar = increase(first, last, 'rootsVerified')
  const underWay = inTime.filter(
    ({ epochEndedAtMs, finalAtMs }) => epochEndedAtMs < last.answeredMs && finalAtMs > last.askedMs,
  ).length
  const left = (underWay * links.all) / Math.max(1, links.watched) + differenceMax * expected
  observe.check(
    'as many roots are verified as become due',
    verifiedSoFar + left >= expected,
    `${verifiedSoFar} verified while ${expected} became due, ${underWay} under way on ${links.watched} of ${links.all} links`,
  )
  const finals = between(at(reading.finals.map(({ finalAtMs }) => finalAtMs)), first, work.late)
  observe.check(
    'every root that is counted as verified has its receipt',
    agrees(verified, { ...finals, together: 1 }, links),
    `${verified} counted on ${links.all} links, ${finals.least} to ${finals.most} receipts on ${links.watched}`,
  )
}

/** From the end of an epoch to the next datagram, as late as beacons may be. */
const noticeMs = (profile: WatchedMesh['timerProfile']): number =>
  (1_000 * beaconsPerMac(profile)) / profile.beaconsPerLinkS + sla.objectives['beacon-latency'].limit

/** A gap in a link's sequence is a beacon that was sent and not used: there may be as many as are reported lost. */
function checkLoss(observe: Observe, run: WatchedMesh, counted: { offered: number; used: number }): void {
  const { reading, timerProfile, window } = run
  const jumpMax = Math.ceil((timerProfile.beaconsPerLinkS * (window.toMs - window.fromMs)) / 1_000)
  const { missing } = followSequences(reading.receipts, jumpMax)
  const seen = missing / Math.max(1, missing + reading.receipts.sequence.length)
  const reported = Math.max(0, 1 - counted.used / Math.max(1, counted.offered))
  observe.check(
    'sequences have no more gaps than the reported loss',
    seen <= reported + sla.mesh.lossLimit,
    `a share of ${seen.toFixed(5)} is missing, ${reported.toFixed(5)} is reported as lost`,
  )
}

/** Reported for every load, judged by LOAD-METRICS: what is not there is a measurement that never came. */
export function reportFigures(observe: Observe, { figures }: BeaconRun): void {
  for (const { name, unit, value } of figures) observe.measure(name, unit, value)
}

export function observePremises(observe: Observe, run: WatchedMesh): void {
  const { reading, receivers, suiteCores, load, timerProfile } = run
  observe.premise({
    claim: 'receipts complete',
    measured: reading.dropped,
    limit: 0,
    unit: 'receipts dropped',
    noise: true,
    detail: `${receivers.length} of ${load.nodes} receivers watched under the timer profile ${timerProfile.name}`,
  })
  observe.premise({
    claim: 'generator headroom',
    measured: suiteCores,
    limit: sla.premises.generatorCores,
    unit: 'cores used by the suite',
    noise: true,
  })
}
