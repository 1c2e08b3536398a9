import { promisedSettings, settingKeys } from '../contract/configuration.ts'
import { barePoster } from '../contract/post-target.ts'
import { expectOk } from '../contract/outcome.ts'
import { startReceiver, type Receiver } from '../contract/receiver-target.ts'
import { observeActionsAtOnce } from './actions-at-once.ts'
import { readAgainAndAgain } from './cached-states.ts'
import { quiesce } from './final-read.ts'
import { postPatiently } from './post.ts'
import { threatSignals } from './signals.ts'
import { seenWithin, standing, type Alive, type Configured, type Given, type Trial } from './trial.ts'

/** What is held back must not be given up meanwhile; the other has nothing to do with what is counted. */
export const promisedButFor = {
  'deliveries.timeoutMs': 60_000,
  'remediation.enabled': false,
} as const satisfies Given

const { 'workflows.max': workflows, 'deliveries.workers': workers } = promisedSettings
/** Some more than may be in work. */
const offered = workflows + 60
const senders = 48
/** Enough that of one of them each replica is asked. */
const copied = 3
const patienceMs = 30_000
/** So long nothing more happens that would have happened by then. */
const settleMs = 1_000

/** Every value is the promised one as long as nobody has set another. */
export async function observePromised({ target, observe }: Configured): Promise<void> {
  const inForce = expectOk('settings', await target.configuration.settings({}))
  for (const key of settingKeys) {
    const seen = `${key} is ${inForce[key]}, promised is ${promisedSettings[key]}`
    observe.check('a setting that nobody has changed is as promised', inForce[key] === promisedSettings[key], seen, {
      noise: false,
    })
  }
}

async function postAll({ random, seed }: Configured, trial: Trial): Promise<void> {
  const signal = threatSignals(random.stream('held back'))
  const waiting = Array.from({ length: offered }, (_, index) => ({ ...signal(), id: `${seed}/held/${index}` }))
  const send = async () => {
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) await postPatiently(trial, event)
  }
  await Promise.all(Array.from({ length: senders }, send))
}

/** With everything held back at the receiver: so many are in work, so many on their way, and the next one waits. */
async function observeWaiting(trial: Trial, receiver: Receiver, alive: Alive): Promise<void> {
  const isFull = { isEnough: ({ inWork }: { inWork: number }) => inWork >= workflows, withinMs: patienceMs }
  await seenWithin(trial, () => standing(trial), isFull)
  await seenWithin(trial, async () => receiver.arrivals().length, {
    isEnough: (count) => count >= workers,
    withinMs: patienceMs,
  })
  await trial.clock.sleep(settleMs)
  const { waiting, inWork } = await standing(trial)
  const seen = `${inWork} in work, ${waiting} wait`
  alive('workflows.max', `the ${workflows + 1}st workflow waits`, inWork === workflows && waiting > 0, seen)
  const underWay = receiver.arrivals().length
  alive('deliveries.workers', `the ${workers + 1}rd job waits`, underWay === workers, `${underWay} on their way`)
  const again = new Set(receiver.arrivals().map(({ eventId }) => eventId)).size < underWay
  alive('deliveries.timeoutMs', 'a receiver may take so long', !again, 'a delivery was given up before its time')
}

/** A refused request is logged unless only failures are. */
export async function refusedRequestIsLogged({ url, clock, log }: Trial, withinMs: number): Promise<boolean> {
  const before = (await log()).length
  const { post, close } = barePoster()
  try {
    const { status } = await post({ url: `${url}/v1/events`, headers: { Authorization: 'Bearer none' }, body: '{}' })
    if (status !== 401) throw new Error(`POST /v1/events with a wrong token answered ${status} instead of 401.`)
    const grown = await seenWithin({ clock }, async () => (await log()).length, {
      isEnough: (lines) => lines > before,
      withinMs,
    })
    return grown > before
  } finally {
    close()
  }
}

/** Answers alerts as soon as they may be let go: those that arrive while it holds back wait until then. */
async function startHolding() {
  let held = Promise.withResolvers<void>()
  const receiver = await startReceiver(() => ({ status: 200, delayMs: 0, until: held.promise }))
  return {
    receiver,
    letGo: () => held.resolve(),
    holdBack: () => (held = Promise.withResolvers<void>()),
  }
}

type Holding = Awaited<ReturnType<typeof startHolding>>

/**
 * What is read while an event is on its way is not told any more once it has ended; that is told from copies then. A copy of
 * what may change need not be kept for long: each event is alone, so that little time passes from one reading to the next.
 */
async function observeCopies(
  { observe, seed, random }: Configured,
  trial: Trial,
  { receiver, letGo, holdBack }: Holding,
): Promise<void> {
  const { events, clock } = trial
  const signal = threatSignals(random.stream('copied'))
  for (let index = 0; index < copied; index += 1) {
    const id = `${seed}/copied/${index}`
    holdBack()
    await postPatiently(trial, { ...signal(), id })
    await seenWithin(trial, async () => receiver.arrivals().some(({ eventId }) => eventId === id), {
      isEnough: (hasArrived) => hasArrived,
      withinMs: patienceMs,
    })
    await readAgainAndAgain(trial, id)
    letGo()
    await quiesce(events, clock)
    const { states, hits } = await readAgainAndAgain(trial, id)
    const past = states.filter((state) => state !== 'completed')
    const seen = `${past.length} of ${states.length} reads: ${past[0]}`
    observe.check('a state that has changed is told by no copy any more', past.length === 0, seen)
    observe.check('a state that changes no more is told from a copy', hits > 0, 'none of them from a copy')
  }
}

/** The service as promised, at its limits. */
export async function observeAtLimits(scenario: Configured, trial: Trial, alive: Alive): Promise<void> {
  const { events, clock, remediation } = trial
  const holding = await startHolding()
  const { receiver, letGo } = holding
  try {
    expectOk('setChannel', await events.setChannel({ url: receiver.url }))
    await postAll(scenario, trial)
    await observeWaiting(trial, receiver, alive)
    alive('logging.level', 'what is refused is logged', await refusedRequestIsLogged(trial, 5_000), 'no line more')
    letGo()
    await quiesce(events, clock)
    await observeCopies(scenario, trial, holding)
    const id = `${scenario.seed}/attack`
    const attack = {
      kind: 'u2r',
      source: 'peer-1',
      destination: '',
      severity: 10,
      confidence: 1,
      features: {},
    } as const
    expectOk('postEvent', await events.postEvent({ id, ...attack }))
    await quiesce(events, clock)
    const actions = expectOk('remediations', await remediation.remediations({ eventId: id }))
    alive('remediation.enabled', 'no action is set off', actions.length === 0, `${actions.length} actions`)
    await observeActionsAtOnce(scenario, trial, alive)
  } finally {
    letGo()
    await receiver.close()
  }
}
