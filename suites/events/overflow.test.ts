import { sla } from '../../sla.config.ts'
import { expectOk } from '../contract/outcome.ts'
import { startReceiver, type Receiver } from '../contract/receiver-target.ts'
import { seriesTotal } from '../evidence/series.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { quiesce, readStates } from './final-read.ts'
import { threatSignals } from './signals.ts'

/** While the receiver takes this long for an alert, events come in many times faster than they are finished. */
const slowMs = 1_500
const senders = 64
/** No faster than one caller may ask: what is refused is refused for want of room. */
const perS = sla.deployment.events.requests.intakePerS * 0.9
/** So many refusals, then the flood ends; a queue that never refuses is offered so many events beyond what it can hold. */
const refusalsWanted = 500
const beyond = { share: 0.25, atLeast: 1_000 }
const watchEveryMs = 100
const drainPatienceMs = 120_000

type Flooded = Scenario<'events'>
type Event = { readonly id: string } & ReturnType<ReturnType<typeof threatSignals>>
type Flood = {
  readonly posted: number
  readonly refused: readonly Event[]
  readonly open: number
  /** Of the refused, those that did not get as far as the queue: a target that is too slow may have cut them. */
  readonly elsewhere: number
  /** Taken in, and not even on their way to the receiver, when one was refused; the most. */
  readonly fullest: number
}

/** Posts as fast as the target answers, until it has refused often enough. */
async function flood(
  { target, observe, random, seed }: Flooded,
  { capacity, receiver }: { readonly capacity: number; readonly receiver: Receiver },
): Promise<Flood> {
  const { clock, events } = target
  const signal = threatSignals(random.stream('signals'))
  const refused: Event[] = []
  const most = capacity + Math.max(beyond.atLeast, capacity * beyond.share)
  const startedAtMs = clock.nowMs()
  const alerted = () => new Set(receiver.arrivals().map(({ eventId }) => eventId)).size
  let [posted, taken, open, elsewhere, fullest] = [0, 0, 0, 0, 0]
  const send = async () => {
    while (refused.length < refusalsWanted && posted < most) {
      const event = { id: `${seed}/${posted}`, ...signal() }
      const dueAtMs = startedAtMs + (posted / perS) * 1_000
      posted += 1
      if (dueAtMs > clock.nowMs()) await clock.sleep(dueAtMs - clock.nowMs())
      const outcome = await events.postEvent(event)
      const said = outcome.ok ? 'ok' : outcome.definite ? 'definite' : 'indefinite'
      const storedAs = outcome.ok ? outcome.value.id : null
      observe.history('accepted-events-accounted', { type: 'posted', id: event.id, outcome: said, storedAs })
      if (outcome.ok) taken += 1
      if (said === 'indefinite') open += 1
      if (outcome.ok || !outcome.definite) continue
      refused.push(event)
      const { status, retryAfterS, error } = outcome
      const isByQueue = status === 429 || status === 503
      if (isByQueue) fullest = Math.max(fullest, taken - alerted())
      else elsewhere += 1
      const isTold = isByQueue && retryAfterS !== undefined
      const about = { noise: !isByQueue }
      observe.check('a full queue answers 429 or 503 and says when to come again', isTold, error, about)
    }
  }
  await Promise.all(Array.from({ length: senders }, send))
  return { posted, refused, open, elsewhere, fullest }
}

/** Reads the queue's depth until told to end; answers the deepest it was. */
function watchDepth({ target: { events, clock } }: Flooded): () => Promise<number> {
  let isOver = false
  const watched = (async () => {
    let deepest = 0
    while (!isOver) {
      const read = await events.eventQueue({})
      if (read.ok) deepest = Math.max(deepest, read.value.depth)
      await clock.sleep(watchEveryMs)
    }
    return deepest
  })()
  return () => {
    isOver = true
    return watched
  }
}

const told = async ({ target }: Flooded): Promise<number> =>
  seriesTotal(await target.exposition(), 'events_refused_total') ?? 0

/** What was refused left nothing behind: posted again once there is room, it is a new event. */
async function postAgain({ target, observe }: Flooded, event: Event): Promise<void> {
  const outcome = await target.events.postEvent(event)
  const isNew = outcome.ok && !outcome.value.duplicate
  const seen = outcome.ok ? 'it is said to be known' : outcome.error
  observe.check('an event refused before is taken in once the queue has drained', isNew, `${event.id}: ${seen}`)
  if (outcome.ok) {
    const { id } = outcome.value
    observe.history('accepted-events-accounted', { type: 'posted', id: event.id, outcome: 'ok', storedAs: id })
  }
}

requirement('EVT-NOLOSS-b', ['events'], async (scenario) => {
  const { target, observe, seed, log } = scenario
  const { events, clock } = target
  let isSlow = true
  const receiver = await startReceiver(() => ({ status: 200, delayMs: isSlow ? slowMs : 0 }))
  try {
    expectOk('setChannel', await events.setChannel({ url: receiver.url }))
    const { capacity } = expectOk('eventQueue', await events.eventQueue({}))
    const toldBefore = await told(scenario)
    const endWatch = watchDepth(scenario)
    const flooded = await flood(scenario, { capacity, receiver }).finally(() => (isSlow = false))
    const { posted, refused, open, elsewhere, fullest } = flooded
    // What is in work may have arrived already and wait for its end, and some answers are on their way to their senders.
    const least = capacity - sla.deployment.events.workflowsMax - senders
    const held = `at most ${fullest} of ${capacity} were under way when one was refused`
    observe.check('a queue refuses when it is full, and not before', fullest >= least, held)
    const deepest = await endWatch()
    const counted = (await told(scenario)) - toldBefore
    log(`${posted} events offered, ${refused.length} refused; deepest ${deepest} of ${capacity}`)
    await quiesce(events, clock, drainPatienceMs)
    for (const event of refused.slice(0, 1)) await postAgain(scenario, event)
    await quiesce(events, clock)
    for (const { id, state, reason } of await readStates(events)) {
      if (id.startsWith(`${seed}/`)) observe.history('accepted-events-accounted', { type: 'final', id, state, reason })
    }
    observe.check('a queue that is full refuses', refused.length > 0, `${posted} events offered, none refused`)
    observe.check('the queue is never deeper than it says', deepest <= capacity, `${deepest} of ${capacity}`)
    // A failure that may have happened may have been counted as well.
    const isCounted = counted >= refused.length && counted <= refused.length + open
    const seen = `events_refused_total grew by ${counted}, ${refused.length} were refused`
    observe.check('refusals are counted', isCounted, seen, { noise: elsewhere > 0 })
    const promised = sla.deployment.events.queueCapacity
    observe.check('the queue holds what is promised', capacity >= promised, `${capacity} of ${promised}`)
  } finally {
    await receiver.close()
  }
})
