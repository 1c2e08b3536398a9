import { sla } from '../../sla.config.ts'
import { startChannelReceivers, type NotificationArrival } from '../contract/channel-receivers-target.ts'
import { signingContexts } from '../contract/mesh.ts'
import { expectOk } from '../contract/outcome.ts'
import { startReceiver, type AlertArrival } from '../contract/receiver-target.ts'
import { nearestRank } from '../evidence/nearest-rank.ts'
import { openModel, scheduleLagPremise } from '../evidence/open-model.ts'
import { cellOf, totalOf } from '../evidence/own-clock.ts'
import { batchText, joinAs, newPeerKey, signText, type PeerKey } from '../mesh/peer.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { quiesce } from './final-read.ts'
import { firstModel } from './first-model.ts'
import { underPolicy } from './notify.ts'
import { postPatiently } from './post.ts'
import { attack, readOf, rollBack } from './remedy.ts'
import { readConnections, threatSignals } from './signals.ts'
import { observeStages, timedBetween, type Stage } from './stage-clocks.ts'

type Timed = Scenario<'events' | 'notifications' | 'remediation' | 'mesh' | 'model'>

const { perMinute } = sla.loadShapes['events-steady']
/** Of one repeat: the gate makes one, the quick plan three, the release plan ten. */
const secondsEach = 10
/** One event in six comes from a peer of the mesh, which is blocked: enough for a p99 in the quick plan. */
const every = 6
const joinedAtOnce = 8
/** Looked for the more seldom the longer it takes, by so much of that: a target that blocks late meets no flood of beacons. */
const look = { atLeastMs: 10, share: 0.05 }
const patienceMs = 5_000
/** The own clock begins when a request has been read: of the way it may leave out so much, and no more. */
const ownShareMin = 0.25
const pollMs = 250
/** A connection that was just being closed answers nothing: so often is asked, and the time goes on from the first try. */
const triesMax = 5

type Peer = { readonly id: string; readonly key: PeerKey }
type Sent = { readonly acknowledgedAtMs: number; readonly blockedAtMs: number | null }

/** In the order of the peers, a few at a time. */
async function inTurns<T, R>(all: readonly T[], one: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (let at = 0; at < all.length; at += joinedAtOnce)
    done.push(...(await Promise.all(all.slice(at, at + joinedAtOnce).map(one))))
  return done
}

function joinPeers({ target, seed }: Timed, count: number): Promise<readonly Peer[]> {
  const names = Array.from({ length: count }, (_, index) => `${seed}-timed-${index}`)
  return inTurns(names, async (name) => {
    const key = newPeerKey()
    return { id: await joinAs(target.mesh, name, key), key }
  })
}

/** When the mesh first refuses what a peer signs; null if it never does while somebody waits. */
async function blockedAt({ target }: Timed, { id, key }: Peer): Promise<number | null> {
  const { clock, mesh } = target
  const startedAtMs = clock.nowMs()
  const deadlineMs = startedAtMs + patienceMs
  for (let sequence = 0; clock.nowMs() < deadlineMs; sequence += 1) {
    const beacons = [{ sequence, scheduledAtMs: clock.nowMs(), payload: '' }]
    const batch = batchText({ peerId: id, epoch: 0, beacons })
    const outcome = await mesh.postBeacons({
      peerId: id,
      batch,
      signature: signText(batch, key, signingContexts.beacons),
    })
    if (!outcome.ok && outcome.status === 403) return clock.nowMs()
    await clock.sleep(Math.max(look.atLeastMs, look.share * (clock.nowMs() - startedAtMs)))
  }
  return null
}

const idOf = (seed: string, index: number): string => `${seed}/timed-${index}`
const indexOf = (text: string): number => Number(/\/timed-(\d+)/.exec(text)?.[1] ?? -1)

/** Events at the promised rate, some of them from peers, and beside them connections that the model alone is asked about. */
async function load(scenario: Timed, peers: readonly Peer[], seconds: number) {
  const { target, random, seed } = scenario
  const { clock, model } = target
  const ratePerS = perMinute / 60
  const signal = threatSignals(random.stream('timed'))
  const connections = readConnections()
  const send = async (index: number): Promise<Sent> => {
    const peer = index % every === 0 ? peers[index / every] : undefined
    const own = peer === undefined ? {} : { ...attack, source: peer.id }
    const event = { ...signal(), ...own, id: idOf(seed, index) }
    const post = () => postPatiently(target, event)
    await post().catch(post)
    const acknowledgedAtMs = clock.nowMs()
    return { acknowledgedAtMs, blockedAtMs: peer === undefined ? null : await blockedAt(scenario, peer) }
  }
  const infer = async (index: number): Promise<void> => {
    const { features } = connections[index % connections.length] ?? { features: {} }
    for (let tries = 1; ; tries += 1) {
      const outcome = await model.inferConnections({ connections: [features] })
      if (outcome.ok || outcome.definite || tries === triesMax) return void expectOk('inferConnections', outcome)
    }
  }
  const [events, inferences] = await Promise.all([
    openModel({ clock, ratePerS, count: Math.floor(ratePerS * seconds), send }),
    openModel({ clock, ratePerS: ratePerS / every, count: Math.floor((ratePerS / every) * seconds), send: infer }),
  ])
  scenario.observe.premise(scheduleLagPremise(events, sla.objectives['end-to-end-p50'].limit))
  scenario.observe.premise(scheduleLagPremise(inferences, sla.objectives['inference-p50'].limit))
  return { events, inferences }
}

type Loaded = Awaited<ReturnType<typeof load>>
type Arrived = { readonly alerts: readonly AlertArrival[]; readonly notices: readonly NotificationArrival[] }

/** What the suite saw of each stage that has an outside, in ms; what never came counts as late as anybody waited. */
function seenOf({ events, inferences }: Loaded, { alerts, notices }: Arrived): ReadonlyMap<Stage, readonly number[]> {
  const alertOf = new Map(alerts.map((one) => [indexOf(one.eventId), one]))
  // A delivery that is made again carries the same key: what counts is its first arrival.
  const firsts = new Map(notices.toReversed().map((one) => [`${one.channel} ${one.key}`, one]))
  const noticesOf = Map.groupBy(firsts.values(), ({ text }) => indexOf(text))
  const endToEnd: number[] = []
  const remediation: number[] = []
  const response: number[] = []
  for (const { index, scheduledAtMs, value } of events) {
    const alert = alertOf.get(index)
    endToEnd.push(alert === undefined ? patienceMs : alert.atMs - scheduledAtMs)
    // The alert leaves when the event is routed, which is when its action is due.
    const dueAtMs = alert?.atMs ?? value.acknowledgedAtMs
    if (index % every === 0)
      remediation.push(value.blockedAtMs === null ? patienceMs : Math.max(0, value.blockedAtMs - dueAtMs))
    if (alert?.alert.riskLevel !== 'high' && alert?.alert.riskLevel !== 'critical') continue
    const told = noticesOf.get(index) ?? []
    if (told.length === 0) response.push(patienceMs)
    for (const { atMs } of told) response.push(Math.max(0, atMs - value.acknowledgedAtMs))
  }
  return new Map<Stage, readonly number[]>([
    ['inference', inferences.map(({ scheduledAtMs, endedAtMs }) => endedAtMs - scheduledAtMs)],
    ['remediation', remediation],
    ['incident-response', response],
    ['end-to-end', endToEnd],
  ])
}

/** Waits until nobody is told anything any more. */
async function untold({ target }: Timed, count: () => number): Promise<void> {
  await quiesce(target.events, target.clock)
  const deadlineMs = target.clock.nowMs() + 2 * patienceMs
  for (let last = -1, calm = 0; calm < 4 && target.clock.nowMs() < deadlineMs; last = count()) {
    await target.clock.sleep(pollMs)
    calm = count() === last ? calm + 1 : 0
  }
}

/** The target times each event at each stage, and its own clock agrees with ours. */
function checkClock(
  { observe }: Timed,
  timed: ReturnType<typeof timedBetween>,
  { seen, events }: { readonly seen: ReturnType<typeof seenOf>; readonly events: number },
): void {
  const count = (stage: Stage) => totalOf(timed.get(stage)?.counts ?? [])
  for (const stage of ['inference', 'assessment', 'routing', 'end-to-end'] as const)
    observe.check(`${stage} is timed with every event`, count(stage) >= events, `${count(stage)} of ${events}`)
  for (const stage of ['remediation', 'incident-response'] as const) {
    const told = seen.get(stage)?.length ?? 0
    observe.check(`${stage} is timed whenever it is seen`, count(stage) >= told, `${count(stage)} of ${told}`)
  }
  const cells = timed.get('end-to-end')
  const own = cells === undefined ? null : cellOf(cells, 0.5)
  const outsideMs = nearestRank(seen.get('end-to-end') ?? [], 0.5)
  if (own === null || outsideMs === null) return
  const said = `median ${outsideMs.toFixed(1)} ms, told ${own.atLeast} to ${own.atMost} ms`
  observe.check('the own clock tells no more than is seen', own.atLeast <= outsideMs, said)
  observe.check('the own clock tells most of what is seen', own.atMost >= ownShareMin * outsideMs, said)
}

/** The mesh is left as it was found: whoever comes after this row meets no orders of it. */
async function release(scenario: Timed, { events }: Loaded, peers: readonly Peer[]): Promise<void> {
  const { target, observe, seed } = scenario
  const attacks = events.filter(({ index }) => index % every === 0)
  await inTurns(attacks, async ({ index }) => {
    for (const action of await readOf(scenario, idOf(seed, index))) await rollBack(scenario, action)
  })
  await inTurns(peers, async ({ id }) => {
    const left = await target.mesh.leaveMesh({ peerId: id })
    observe.check('a peer is free to leave afterwards', left.ok, id)
  })
}

// Inside is the target's own clock, read from its metrics: inference and assessment from their begin to their end, routing
// from the assessment to the stored alert, remediation from when the action is due to its effect, incident response from the
// acceptance to each notification. Outside: a question to the model, the alert's arrival to the mesh's first refusal of the
// blocked peer, the acknowledgement to the notification's arrival, the scheduled send to the alert's arrival. Assessment and
// routing have no outside of their own: they lie between that send and that arrival.
requirement('EVT-COMPONENT', ['events', 'notifications', 'remediation', 'mesh', 'model'], async (scenario) => {
  const { target, observe, repeats, scale, log } = scenario
  const seconds = secondsEach * repeats * scale
  await firstModel(target)
  const peers = await joinPeers(scenario, Math.ceil((perMinute * seconds) / 60 / every))
  const [receiver, channels] = await Promise.all([startReceiver(), startChannelReceivers()])
  try {
    expectOk('setChannel', await target.events.setChannel({ url: receiver.url }))
    const { addresses } = channels
    await underPolicy(scenario, { policy: (before) => before, addresses }, async () => {
      const before = await target.exposition()
      const loaded = await load(scenario, peers, seconds)
      await untold(scenario, () => channels.arrivals().length)
      const timed = timedBetween(before, await target.exposition())
      const seen = seenOf(loaded, { alerts: receiver.arrivals(), notices: channels.arrivals() })
      observeStages(observe, { timed, seen, seconds })
      checkClock(scenario, timed, { seen, events: loaded.events.length })
      await release(scenario, loaded, peers)
      log(
        `${loaded.events.length} events in ${seconds} s, ${peers.length} peers, ${channels.arrivals().length} notifications`,
      )
    })
  } finally {
    await Promise.all([receiver.close(), channels.close()])
  }
})
