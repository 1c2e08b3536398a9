import {
  startChannelReceivers,
  type NotificationArrival,
  type RespondToNotice,
} from '../../suites/contract/channel-receivers-target.ts'
import { channelNames, type Notification } from '../../suites/contract/notifications.ts'
import { readNotifications, settledNotifications, underPolicy } from '../../suites/events/notify.ts'
import { postPatiently } from '../../suites/events/post.ts'
import { threatSignals } from '../../suites/events/signals.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { killOne } from '../kill.ts'
import { runJournal } from '../lease.ts'
import { requirement } from '../requirement.ts'

type Notifying = Scenario<'events' | 'notifications' | 'control'>
type Told = ReadonlyMap<string, readonly Notification[]>

const role = 'event-replica'
const count = 24
/** Slow channels keep deliveries in flight at any moment; the kill falls once so many of all have been made. */
const answerAfterMs = 150
const killAfterShare = 0.25
const pollMs = 20
const patienceMs = 10_000

const respond: RespondToNotice = () => ({ isTaken: true, delayMs: answerAfterMs })

/** The key as the target tells it; a Message-ID holds it within angle brackets, before the sender's domain. */
const bareKey = ({ channel, key }: NotificationArrival): string =>
  channel === 'email' ? key.slice(1, key.lastIndexOf('@')) : key

/** Reads until enough of all has been told for the kill to fall into the middle. */
async function somewhatTold(scenario: Notifying, ids: readonly string[]): Promise<Told> {
  const { clock } = scenario.target
  const deadlineMs = clock.nowMs() + patienceMs
  for (;;) {
    const told = await readNotifications(scenario, ids)
    const delivered = [...told.values()].flat().filter(({ state }) => state === 'delivered').length
    if (delivered >= killAfterShare * count * channelNames.length || clock.nowMs() > deadlineMs) return told
    await clock.sleep(pollMs)
  }
}

type Killed = { readonly ids: readonly string[]; readonly before: Told; readonly killedAtMs: number }

/** Twenty-four critical events in a row, a replica killed in the middle of telling people; answers what was told before. */
async function postAndKill(scenario: Notifying, prefix: string): Promise<Killed> {
  const { target, random } = scenario
  const signal = threatSignals(random.stream(prefix))
  const severe = { kind: 'u2r', severity: 10, confidence: 1 } as const
  const events = Array.from({ length: count }, (_, index) => ({ ...signal(), ...severe, id: `${prefix}/${index}` }))
  for (const event of events) await postPatiently(target, event)
  const ids = events.map(({ id }) => id)
  const journal = runJournal()
  try {
    const before = await somewhatTold(scenario, ids)
    const { killedAtMs } = await killOne(scenario, { role, journal, run: () => Promise.resolve(null) })
    return { ids, before, killedAtMs }
  } finally {
    journal.close()
  }
}

function checkTold(
  { observe }: Notifying,
  { ids }: Killed,
  after: Told,
  arrivals: readonly NotificationArrival[],
): void {
  const arrived = Map.groupBy(arrivals, bareKey)
  for (const id of ids) {
    const told = after.get(id) ?? []
    const open = told.filter(({ state }) => state !== 'delivered')
    const seen = open.map(({ channel, state, reason }) => `${channel} ${state} ${reason}`).join(', ')
    observe.check('every notification is delivered', open.length === 0, `${id}: ${seen}`)
    const channels = new Set(told.map(({ channel }) => channel))
    const isTwice = told.length > channels.size
    const isOnce = !isTwice && channels.size === channelNames.length
    // What is not there yet may only be late.
    observe.check('the database holds each notification once', isOnce, `${id}: ${told.length}`, { noise: !isTwice })
    const lost = told.find(({ key }) => !arrived.has(key))
    observe.check('what counts as delivered has arrived', lost === undefined, `${id} by ${lost?.channel} never did`)
  }
}

/** A notification that is told twice was in flight at the kill: sent before it, and not yet delivered in the database. */
function checkRepeated(scenario: Notifying, killed: Killed, arrivals: readonly NotificationArrival[]): void {
  const { observe, log } = scenario
  const before = [...killed.before.values()].flat()
  const delivered = new Set(before.flatMap(({ state, key }) => (state === 'delivered' ? [key] : [])))
  const inFlight = new Set(
    arrivals.flatMap((arrival) => {
      const key = bareKey(arrival)
      return arrival.atMs <= killed.killedAtMs && !delivered.has(key) ? [key] : []
    }),
  )
  const repeated = [...Map.groupBy(arrivals, bareKey)].filter(([, all]) => all.length > 1)
  for (const [key, all] of repeated) {
    const seen = `${all[0]?.channel} ${key} arrived ${all.length} times`
    const isCovered = inFlight.has(key) && all.length === 2
    observe.check('only what was in flight at the kill is told twice', isCovered, seen)
  }
  const seen = `${repeated.length} repeated, ${inFlight.size} in flight`
  observe.check('no more is told twice than was in flight at the kill', repeated.length <= inFlight.size, seen)
  const isMiddle = delivered.size > 0 && inFlight.size > 0
  observe.check('the kill fell into the middle of the deliveries', isMiddle, `${delivered.size} delivered, ${seen}`)
  log(`${arrivals.length} arrivals, ${delivered.size} delivered before the kill, ${seen}`)
}

requirement('EVT-ROUTE-b', ['events', 'notifications', 'control'], async (scenario) => {
  const { observe, seed, repeats, scale } = scenario
  const receivers = await startChannelReceivers(respond)
  try {
    const { addresses } = receivers
    const silent = { afterS: 3_600, channels: [] }
    const policy = { routes: { low: [], medium: [], high: [], critical: [...channelNames] }, escalation: silent }
    await underPolicy(scenario, { policy: () => policy, addresses }, async () => {
      for (let kill = 0; kill < repeats * scale; kill += 1) {
        const earlier = receivers.arrivals().length
        const killed = await postAndKill(scenario, `${seed}/kill-${kill}`)
        const wait = { isThere: (told: Told) => [...told.values()].every(({ length }) => length > 0), patienceMs }
        const after = await settledNotifications(scenario, killed.ids, wait)
        const arrivals = receivers.arrivals().slice(earlier)
        checkTold(scenario, killed, after, arrivals)
        checkRepeated(scenario, killed, arrivals)
      }
    })
    const [malformed] = receivers.malformed()
    observe.check('each channel gets its own shape', malformed === undefined, malformed ?? '', { noise: false })
  } finally {
    await receivers.close()
  }
})
