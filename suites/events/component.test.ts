import { sla } from '../../sla.config.ts'
import { bareVerb } from '../contract/bare-verb.ts'
import { startChannelReceivers, type NotificationArrival } from '../contract/channel-receivers-target.ts'
import { eventsRoutes } from '../contract/events.ts'
import { meshRoutes } from '../contract/mesh.ts'
import { modelRoutes } from '../contract/model.ts'
import { expectOk } from '../contract/outcome.ts'
import { barePoster, type BarePoster } from '../contract/post-target.ts'
import { startReceiver, type AlertArrival } from '../contract/receiver-target.ts'
import { nearestRank } from '../evidence/nearest-rank.ts'
import { openModel, scheduleLagPremise } from '../evidence/open-model.ts'
import { closedCellOf, totalOf } from '../evidence/cells.ts'
import { bringingBack, formMesh } from '../mesh/formation.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { blockedAt, inTurns, joinPeers, type Peer } from './attacking-peers.ts'
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
/** Before anything is judged: code is compiled, connections are opened, on either side. */
const warmUpSeconds = 2
/** One event in six comes from a peer of the mesh, which is blocked: enough for a p99 in the quick plan. */
const every = 6
/** The model alone is asked so often for each event: six of the quick plan's 1,250 answers may be slow, and the p99 is still told. */
const inferencesEach = 0.5
/** Peers are refused at the mesh's door, whatever its size: more nodes would but take the processor from what is timed. */
const meshNodes = 20
const patienceMs = 5_000
/** The own clock begins when a request has been read: of the way it may leave out so much, and no more. */
const ownShareMin = 0.25
const pollMs = 250
/** A connection that was just being closed answers nothing: so often is asked, and the time goes on from the first try. */
const triesMax = 5

type Loading = {
  readonly name: 'warm-up' | 'timed'
  readonly peers: readonly Peer[]
  readonly poster: BarePoster
  readonly seconds: number
}
type Sent = { readonly acknowledgedAtMs: number; readonly blockedAtMs: number | null }

const idOf = (seed: string, name: Loading['name'], index: number): string => `${seed}/${name}-${index}`
const indexOf = (text: string): number => Number(/\/timed-(\d+)/.exec(text)?.[1] ?? -1)

/** What is asked hundreds of times a second, by the way that takes least of the processor where there is a wire. */
function hotVerbs({ target }: Timed, poster: BarePoster) {
  const { wire, clock } = target
  const asking = (plane: 'events' | 'mesh' | 'model') =>
    wire && { poster, base: wire.urlOf(plane), token: wire.tokens?.full ?? null }
  const [events, mesh, model] = [asking('events'), asking('mesh'), asking('model')]
  return {
    clock,
    events: events ? { postEvent: bareVerb(eventsRoutes.postEvent, events) } : target.events,
    mesh: mesh ? { postBeacons: bareVerb(meshRoutes.postBeacons, mesh) } : target.mesh,
    model: model ? { inferConnections: bareVerb(modelRoutes.inferConnections, model) } : target.model,
  }
}

/** Events at the promised rate, some of them from peers, and beside them connections that the model alone is asked about. */
async function load(scenario: Timed, { name, peers, poster, seconds }: Loading) {
  const { random, seed } = scenario
  const hot = hotVerbs(scenario, poster)
  const { clock, model } = hot
  const ratePerS = perMinute / 60
  const inferRatePerS = inferencesEach * ratePerS
  const signal = threatSignals(random.stream(name))
  const connections = readConnections()
  const send = async (index: number): Promise<Sent> => {
    const peer = index % every === 0 ? peers[index / every] : undefined
    const own = peer === undefined ? {} : { ...attack, source: peer.peerId }
    const event = { ...signal(), ...own, id: idOf(seed, name, index) }
    const post = () => postPatiently(hot, event)
    await post().catch(post)
    const acknowledgedAtMs = clock.nowMs()
    return { acknowledgedAtMs, blockedAtMs: peer === undefined ? null : await blockedAt(hot, peer, patienceMs) }
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
    openModel({ clock, ratePerS: inferRatePerS, count: Math.floor(inferRatePerS * seconds), send: infer }),
  ])
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
  const own = cells === undefined ? null : closedCellOf(cells, 0.5)
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
    for (const action of await readOf(scenario, idOf(seed, 'timed', index))) await rollBack(scenario, action)
  })
  await inTurns(peers, async ({ peerId }) => {
    const left = await target.mesh.leaveMesh({ peerId })
    observe.check('a peer is free to leave afterwards', left.ok, peerId)
  })
}

// Inside is the target's own clock, read from its metrics: inference and assessment from their begin to their end, routing
// from the assessment to the stored alert, remediation from when the action is due to its effect, incident response from the
// acceptance to each notification. Outside: a question to the model, the alert's arrival to the mesh's first refusal of the
// blocked peer, the acknowledgement to the notification's arrival, the scheduled send to the alert's arrival. Assessment and
// routing have no outside of their own: they lie between that send and that arrival.
async function observeComponents(scenario: Timed): Promise<void> {
  const { target, observe, repeats, scale, log } = scenario
  const seconds = secondsEach * repeats * scale
  await firstModel(target)
  const peers = await joinPeers(scenario, Math.ceil((perMinute * seconds) / 60 / every))
  const [receiver, channels] = await Promise.all([startReceiver(), startChannelReceivers()])
  const poster = barePoster()
  try {
    expectOk('setChannel', await target.events.setChannel({ url: receiver.url }))
    const { addresses } = channels
    await underPolicy(scenario, { policy: (before) => before, addresses }, async () => {
      const told = () => channels.arrivals().length
      await load(scenario, { name: 'warm-up', peers: [], poster, seconds: warmUpSeconds })
      await untold(scenario, told)
      const before = await target.exposition()
      const loaded = await load(scenario, { name: 'timed', peers, poster, seconds })
      observe.premise(scheduleLagPremise(loaded.events, sla.objectives['end-to-end-p50'].limit))
      observe.premise(scheduleLagPremise(loaded.inferences, sla.objectives['inference-p50'].limit))
      await untold(scenario, told)
      const timed = timedBetween(before, await target.exposition())
      const seen = seenOf(loaded, { alerts: receiver.arrivals(), notices: channels.arrivals() })
      observeStages(observe, { timed, seen, seconds })
      checkClock(scenario, timed, { seen, events: loaded.events.length })
      await release(scenario, loaded, peers)
      log(`${loaded.events.length} events in ${seconds} s, ${peers.length} peers, ${told()} notifications`)
    })
  } finally {
    poster.close()
    await Promise.all([receiver.close(), channels.close()])
  }
}

requirement('EVT-COMPONENT', ['events', 'notifications', 'remediation', 'mesh', 'model'], async (scenario) => {
  const { mesh } = scenario.target
  await bringingBack(mesh, async () => {
    await formMesh(mesh, meshNodes, null)
    await observeComponents(scenario)
  })
})
