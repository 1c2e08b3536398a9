import { promisedSettings } from '../contract/configuration.ts'
import type { RoutedAlert, ThreatEvent } from '../contract/events.ts'
import { barePoster } from '../contract/post-target.ts'
import { expectOk } from '../contract/outcome.ts'
import { startReceiver, type Receiver, type Respond } from '../contract/receiver-target.ts'
import { atOnce, observeActionsAtOnce } from './actions-at-once.ts'
import { readAgainAndAgain } from './cached-states.ts'
import { quiesce } from './final-read.ts'
import { postPatiently } from './post.ts'
import { refusedRequestIsLogged } from './promised-settings.ts'
import { threatSignals } from './signals.ts'
import { seenWithin, standing, type Alive, type Configured, type Given, type Trial } from './trial.ts'

/** None as promised, and far enough from it that what follows can't be taken for the promised value. */
export const changed = {
  'queue.capacity': 40,
  'dedup.windowS': 2,
  'workflows.max': 30,
  'deliveries.workers': 5,
  'deliveries.timeoutMs': 5_000,
  'retries.max': 1,
  'retries.backoffMs': 900,
  'risk.critical': 9.5,
  'risk.high': 8,
  'risk.medium': 5,
  'risk.confidenceMin': 0.9,
  'notifications.escalationMin': 0.05,
  'remediation.dryRun': true,
  'remediation.riskMin': 9,
  ...atOnce,
  'model.samplesMin': 40,
  'model.evaluationMin': 0,
  'model.publishAtUtc': '12:30',
  'database.connections': 80,
  'database.queryTimeoutMs': 7_000,
  'cache.ttlS': 1,
  'requests.bodyBytes': 16_384,
  'requests.headerBytes': 4_096,
  'logging.level': 'error',
} as const satisfies Given

const patienceMs = 30_000
/** So long nothing more happens that would have happened by then. */
const settleMs = 1_000
/** A request is sent before it arrives, and its time runs from then. */
const timerSlack = 0.9

type Sent = { readonly scenario: Configured; readonly trial: Trial; readonly alive: Alive }

function poster({ scenario: { random, seed }, trial }: Sent, purpose: string) {
  const signal = threatSignals(random.stream(purpose))
  let posted = 0
  return async (own: Partial<ThreatEvent>) => {
    const event = { ...signal(), id: `${seed}/${purpose}/${(posted += 1)}`, ...own }
    return { ...event, answer: await postPatiently(trial, event) }
  }
}

/** What the database says of the service. */
export async function observeDatabase({ trial, alive }: Sent): Promise<void> {
  const most = changed['database.connections']
  const look = async () => {
    await Promise.all(Array.from({ length: 400 }, () => trial.events.eventState({ id: 'none' })))
    return expectOk('eventDatabase', await trial.events.eventDatabase({}))
  }
  const isEnough = ({ connections = 0 }) => connections >= most
  const { connections, statementTimeoutMs } = await seenWithin(trial, look, { isEnough, withinMs: patienceMs })
  alive('database.connections', 'more connections are opened, and no more', connections === most, `${connections} open`)
  const isGuarded = statementTimeoutMs === changed['database.queryTimeoutMs']
  alive('database.queryTimeoutMs', 'statements may take longer', isGuarded, `${statementTimeoutMs} ms`)
}

/** Sizes just within and just beyond. */
export async function observeSizes({ scenario, trial, alive }: Sent): Promise<void> {
  const { post, close } = barePoster()
  const signal = threatSignals(scenario.random.stream('sizes'))
  const authorized: Record<string, string> = trial.token === null ? {} : { Authorization: `Bearer ${trial.token}` }
  const ask = async (bodyBytes: number, headerBytes: number) => {
    const event = { ...signal(), id: `${scenario.seed}/sized/${bodyBytes}/${headerBytes}`, padding: '' }
    const missing = Math.max(0, bodyBytes - Buffer.byteLength(JSON.stringify(event)))
    const body = JSON.stringify({ ...event, padding: 'x'.repeat(missing) })
    const headers = { ...authorized, 'X-Padding': 'x'.repeat(headerBytes) }
    return (await post({ url: `${trial.url}/v1/events`, headers, body })).status
  }
  try {
    const { 'requests.bodyBytes': bodyMax, 'requests.headerBytes': headMax } = changed
    const [full, over] = [await ask(bodyMax, 0), await ask(bodyMax + 1, 0)]
    alive('requests.bodyBytes', 'a smaller body is too large', full === 202 && over === 413, `${full}, then ${over}`)
    const [half, long] = [await ask(0, headMax / 2), await ask(0, headMax)]
    const isLimited = half === 202 && (long === 431 || long === 400)
    alive('requests.headerBytes', 'a smaller head is too large', isLimited, `${half}, then ${long}`)
  } finally {
    close()
  }
}

const levels = ['critical', 'high', 'medium'] as const

/** Each level begins where it is set: alerts around each edge, the promised one included, say which level they are. */
export async function observeRisk(sent: Sent, receiver: Receiver): Promise<void> {
  const { trial, alive } = sent
  const post = poster(sent, 'risk')
  const severities = Array.from({ length: 41 }, (_, step) => step / 4)
  for (const severity of severities) await post({ kind: 'normal', severity, confidence: 1, source: 'peer-1' })
  const [unsure, sure] = [
    await post({ kind: 'normal', severity: 10, confidence: 0.8 }),
    await post({ kind: 'normal', severity: 10, confidence: 0.95 }),
  ]
  await quiesce(trial.events, trial.clock)
  const alerts = receiver.arrivals().map(({ alert }) => alert)
  const levelOf = (id: string) => alerts.find(({ eventId }) => eventId === id)?.riskLevel
  const isOf = ({ risk, riskLevel }: RoutedAlert) =>
    riskLevel === (levels.find((level) => risk >= changed[`risk.${level}`]) ?? 'low')
  const swept = alerts.filter(({ eventId }) => ![unsure.id, sure.id].includes(eventId))
  for (const level of levels) {
    const key = `risk.${level}` as const
    const between = swept.filter(({ risk }) => risk >= promisedSettings[key] && risk < changed[key])
    const at = swept.filter(({ risk, riskLevel }) => risk >= changed[key] && riskLevel === level)
    const holds = between.length > 0 && between.every(isOf) && at.length > 0 && at.every(isOf)
    alive(key, `${level} begins higher`, holds, JSON.stringify([...between, ...at]))
  }
  const seen = `unsure ${levelOf(unsure.id)}, sure ${levelOf(sure.id)}`
  const isActedUpon = (id: string) => ['high', 'critical'].includes(levelOf(id) ?? '')
  const isLower = levelOf(unsure.id) !== undefined && !isActedUpon(unsure.id) && isActedUpon(sure.id)
  alive('risk.confidenceMin', 'a signal must be surer', isLower, seen)
  const told = await Promise.all(
    swept.map(async ({ eventId, risk }) => {
      const actions = expectOk('remediations', await trial.remediation.remediations({ eventId }))
      return { risk, actions: actions.length }
    }),
  )
  const isActed = ({ risk, actions }: { risk: number; actions: number }) =>
    actions === (risk >= changed['remediation.riskMin'] ? 1 : 0)
  const acted = told.filter(({ actions }) => actions > 0).length
  const strays = JSON.stringify(told.filter((one) => !isActed(one)))
  alive('remediation.riskMin', 'actions begin higher', acted > 0 && told.every(isActed), `${acted}, not so: ${strays}`)
}

/** Equal content at once and after the window. */
export async function observeWindow(sent: Sent): Promise<void> {
  const { trial, alive } = sent
  const post = poster(sent, 'window')
  const { id: _, answer: first, ...content } = await post({})
  const { answer: second } = await post(content)
  await trial.clock.sleep(changed['dedup.windowS'] * 1_000 + settleMs)
  const { answer: third } = await post(content)
  const isForgotten = !first.duplicate && second.duplicate && !third.duplicate
  const said = [first, second, third].map(({ duplicate }) => (duplicate ? 'known' : 'new')).join(', ')
  alive('dedup.windowS', 'equal content is soon an event again', isForgotten, said)
}

/** The state of an event that has ended is soon read anew. */
export async function observeCopies(sent: Sent): Promise<void> {
  const { trial, alive } = sent
  const { id } = await poster(sent, 'copies')({})
  await quiesce(trial.events, trial.clock)
  await readAgainAndAgain(trial, id)
  await trial.clock.sleep(changed['cache.ttlS'] * 1_000 + settleMs)
  const { misses, hits } = await readAgainAndAgain(trial, id)
  alive('cache.ttlS', 'a copy is told for a shorter time', misses > 0, `${hits} of them told from a copy`)
}

/** An alert that is refused for ever: so many tries, so far apart, then the end. */
export async function observeRetries(sent: Sent, receiver: Receiver, refused: (id: string) => void): Promise<void> {
  const { trial, alive } = sent
  const id = `${sent.scenario.seed}/refused`
  refused(id)
  await poster(sent, 'retries')({ id })
  await quiesce(trial.events, trial.clock)
  const { state } = expectOk('eventState', await trial.events.eventState({ id }))
  const tries = receiver.arrivals().filter(({ eventId }) => eventId === id)
  const isEnd = state === 'dead-lettered' && tries.length === 1 + changed['retries.max']
  alive('retries.max', 'there are fewer further tries', isEnd, `${tries.length} tries, then ${state}`)
  const gapMs = (tries[1]?.atMs ?? Number.NaN) - (tries[0]?.atMs ?? Number.NaN)
  const isLater = gapMs >= changed['retries.backoffMs'] * timerSlack
  alive('retries.backoffMs', 'the pause before a further try is longer', isLater, `${gapMs.toFixed(0)} ms`)
}

/** Everything is held back at the receiver and posted until the queue is full. */
export async function observeQueue(sent: Sent, receiver: Receiver, release: () => void): Promise<void> {
  const { scenario, trial, alive } = sent
  const { events, clock } = trial
  const signal = threatSignals(scenario.random.stream('queue'))
  const { 'queue.capacity': capacity, 'workflows.max': workflows, 'deliveries.workers': workers } = changed
  const own = () => receiver.arrivals().filter(({ eventId }) => eventId.includes('/queue/'))
  let [taken, refused] = [0, 0]
  for (let index = 0; refused < 5 && index < 2 * capacity; index += 1) {
    const outcome = await events.postEvent({ ...signal(), id: `${scenario.seed}/queue/${index}` })
    if (outcome.ok) taken += 1
    else refused += 1
  }
  alive('queue.capacity', 'a smaller queue is full', taken === capacity, `${taken} taken, ${refused} refused`)
  const isFull = { isEnough: ({ inWork }: { inWork: number }) => inWork >= workflows, withinMs: patienceMs / 6 }
  const { inWork, waiting } = await seenWithin(trial, () => standing(trial), isFull)
  const isHeld = inWork === workflows && waiting === capacity - workflows
  alive('workflows.max', 'fewer are in work', isHeld, `${inWork} in work, ${waiting} wait`)
  const timeoutMs = changed['deliveries.timeoutMs']
  await seenWithin(trial, async () => own(), {
    isEnough: (all) => new Set(all.map(({ eventId }) => eventId)).size < all.length,
    withinMs: timeoutMs + patienceMs,
  })
  release()
  const [first] = own()
  const firstMs = first?.atMs ?? Number.NaN
  const early = own().filter(({ atMs }) => atMs < firstMs + timeoutMs * timerSlack).length
  alive('deliveries.workers', 'fewer are on their way', early === workers, `${early} on their way`)
  const again = own().find(({ eventId }, at, all) => all.findIndex((one) => one.eventId === eventId) < at)
  const afterMs = (again?.atMs ?? Number.NaN) - (own().find(({ eventId }) => eventId === again?.eventId)?.atMs ?? 0)
  const isGivenUp = afterMs >= timeoutMs * timerSlack
  alive('deliveries.timeoutMs', 'a receiver may take longer', isGivenUp, `tried again after ${afterMs.toFixed(0)} ms`)
  await quiesce(events, clock)
}

/** The service with other settings, one after another. */
export async function observeChanged(scenario: Configured, trial: Trial, alive: Alive): Promise<void> {
  const sent = { scenario, trial, alive }
  let release = (): void => undefined
  const until = new Promise<void>((resolve) => (release = resolve))
  let refusedId: string | null = null
  const respond: Respond = (id) => ({
    status: id === refusedId ? 500 : 200,
    delayMs: 0,
    ...(id.includes('/queue/') && { until }),
  })
  const receiver = await startReceiver(respond)
  try {
    expectOk('setChannel', await trial.events.setChannel({ url: receiver.url }))
    await observeDatabase(sent)
    await observeSizes(sent)
    const isLogged = await refusedRequestIsLogged(trial, settleMs)
    alive('logging.level', 'what is refused is not logged', !isLogged, 'it is')
    await observeRisk(sent, receiver)
    await observeWindow(sent)
    await observeCopies(sent)
    await observeRetries(sent, receiver, (id) => (refusedId = id))
    await observeActionsAtOnce(scenario, trial, alive)
    await observeQueue(sent, receiver, release)
  } finally {
    release()
    await receiver.close()
  }
}
