import fc from 'fast-check'
import { sla } from '../../sla.config.ts'
import { eventsRoutes, ThreatEvent } from '../contract/events.ts'
import { expectOk } from '../contract/outcome.ts'
import { barePoster, type BareAnswer } from '../contract/post-target.ts'
import { startReceiver } from '../contract/receiver-target.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { badRequests, planes, wireOf, type BadRequest } from './bad-requests.ts'
import { quiesce, readStates } from './final-read.ts'
import { underPolicy } from './notify.ts'
import { threatSignals } from './signals.ts'

type Attacked = Scenario<(typeof planes)[number] | 'control'>

const cases = { full: sla.chaos.badRequests, compressed: 600 } as const
/** After every so many bad requests comes a good event, as an honest sender posts it meanwhile. */
const goodEvery = 10
const senders = 16
/** What came before validation has shown nothing yet: so often is asked again who is told to, or told nothing at all. */
const triesMax = { tooOften: 20, unavailable: 3, unanswered: 3 } as const

type Answered = {
  readonly one: BadRequest
  readonly body: string
  readonly answer: BareAnswer
  /** An earlier try was not answered: it may have happened. */
  readonly isUnsure: boolean
}

const goodPrefix = (seed: string): string => `${seed}/good/`

const triesOf = ({ status, retryAfter }: BareAnswer): number => {
  if (status === null) return triesMax.unanswered
  if (retryAfter === null) return 1
  return status === 429 ? triesMax.tooOften : status === 503 ? triesMax.unavailable : 1
}

function draw({ random, seed, scope, scale }: Attacked): readonly BadRequest[] {
  const numRuns = cases[scope] * scale
  const signal = threatSignals(random.stream('good'))
  const good = (index: number): BadRequest => ({
    plane: 'events',
    verb: 'postEvent',
    row: eventsRoutes.postEvent,
    input: { ...signal(), id: `${goodPrefix(seed)}${index}` },
    text: null,
  })
  const drawn = fc.sample(badRequests, { seed: random.stream('bad').integer(0, 2 ** 31 - 1), numRuns })
  return drawn.flatMap((one, index) => (index % goodEvery === 0 ? [one, good(index)] : [one]))
}

async function startsOf({ target }: Attacked): Promise<string> {
  const components = expectOk('components', await target.control.components({}))
  return components.map(({ instance, starts, state }) => `${instance} ${state}, started ${starts} times`).join('; ')
}

async function ask({ target }: Attacked, one: BadRequest, post: ReturnType<typeof barePoster>['post']) {
  const { wire, clock } = target
  const { path, body } = wireOf(one)
  const token = wire?.tokens?.full
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  const url = `${wire?.urlOf(one.plane).replace(/\/$/, '')}${path}`
  for (let tries = 1, isUnsure = false; ; tries += 1) {
    const answer = await post({ url, method: one.row.method.toUpperCase(), headers, body })
    if (tries >= triesOf(answer)) return { one, body, answer, isUnsure }
    isUnsure ||= answer.status === null
    await clock.sleep(Number(answer.retryAfter ?? 1) * 1_000)
  }
}

async function sendAll(scenario: Attacked, drawn: readonly BadRequest[]): Promise<readonly Answered[]> {
  const poster = barePoster()
  const answered: Answered[] = []
  const left = drawn.values()
  const send = async () => {
    for (const one of left) answered.push(await ask(scenario, one, poster.post))
  }
  try {
    await Promise.all(Array.from({ length: senders }, send))
  } finally {
    poster.close()
  }
  return answered
}

/** What was asked, short enough to read: whole it is asked again by a replay of the run. */
const quoted = ({ one, body, answer }: Answered): string =>
  `${one.row.method} ${wireOf(one).path.slice(0, 200)} ${JSON.stringify(body.slice(0, 400))}: ` +
  `${answer.status ?? 'no answer'} ${answer.body.slice(0, 200)}`

/** The event that a body holds, by the contract's own rule; null if it holds none. */
function eventIn({ one: { verb }, body }: Answered): ThreatEvent | null {
  if (verb !== 'postEvent') return null
  try {
    return ThreatEvent.safeParse(JSON.parse(body)).data ?? null
  } catch {
    return null
  }
}

const Stored = eventsRoutes.postEvent.output

/** What posters know of their events: taken in, refused, or neither. Answers the ids. */
function observePosted({ observe, seed }: Attacked, answered: readonly Answered[]): ReadonlySet<string> {
  const posted = new Set<string>()
  for (const each of answered) {
    const { one, answer, isUnsure } = each
    if (one.verb !== 'postEvent') continue
    const event = eventIn(each)
    const isTaken = answer.status === 202
    observe.check('only what the contract allows is taken in', !isTaken || event !== null, quoted(each))
    if (event === null) continue
    const isGood = event.id.startsWith(goodPrefix(seed))
    if (isGood) observe.check('a good event is taken in among bad input', isTaken, quoted(each))
    const isRefused = answer.status !== null && answer.status < 500 && !isUnsure
    const outcome = isTaken ? 'ok' : isRefused ? 'definite' : 'indefinite'
    const storedAs = isTaken ? (Stored.safeParse(JSON.parse(answer.body)).data?.id ?? null) : null
    posted.add(event.id)
    observe.history('accepted-events-accounted', { type: 'posted', id: event.id, outcome, storedAs })
  }
  return posted
}

/** No answer is an error of the service. Where nothing gets through, or all of it does, the inputs say nothing. */
function observeAnswers({ observe, log }: Attacked, answered: readonly Answered[]): void {
  for (const each of answered) {
    const { status } = each.answer
    const isAnswered = status !== null && status < 500
    observe.check('bad input is answered, and by no error of the service', isAnswered, quoted(each))
  }
  for (const verb of new Set(answered.map(({ one }) => one.verb))) {
    const statuses = answered.flatMap(({ one, answer }) => (one.verb === verb ? [String(answer.status)] : []))
    const counts = [...Map.groupBy(statuses, (status) => status)].map(([status, all]) => `${all.length} × ${status}`)
    log(`${verb}: ${counts.toSorted().join(', ')}`)
  }
  const refused = answered.filter(({ answer }) => answer.status === 400).length
  const taken = answered.filter(({ answer }) => answer.status !== null && answer.status < 300).length
  const isMixed = Math.min(refused, taken) > answered.length / 10
  observe.check('some inputs are good and some are bad', isMixed, `${refused} refused, ${taken} taken`)
}

/** Sends them while alerts have somewhere to go, and sets back what bad input may have set. */
async function underAttack(scenario: Attacked, drawn: readonly BadRequest[]): Promise<readonly Answered[]> {
  const { target } = scenario
  const receiver = await startReceiver()
  const actions = expectOk('remediationPolicy', await target.remediation.remediationPolicy({}))
  const setBack = async () => {
    expectOk('setChannel', await target.events.setChannel({ url: receiver.url }))
    expectOk('setRemediationPolicy', await target.remediation.setRemediationPolicy(actions))
    expectOk('setModelClock', await target.model.setModelClock({ nowMs: null }))
  }
  try {
    await setBack()
    return await underPolicy(scenario, { policy: (before) => before, addresses: {} }, () =>
      sendAll(scenario, drawn).finally(setBack),
    )
  } finally {
    await quiesce(target.events, target.clock)
    await receiver.close()
  }
}

requirement('EVT-NOLOSS-c', [...planes, 'control'], async (scenario) => {
  const { target, observe } = scenario
  const before = await startsOf(scenario)
  const answered = await underAttack(scenario, draw(scenario))
  observeAnswers(scenario, answered)
  const posted = observePosted(scenario, answered)
  for (const { id, state, reason } of await readStates(target.events))
    if (posted.has(id)) observe.history('accepted-events-accounted', { type: 'final', id, state, reason })
  const after = await startsOf(scenario)
  observe.check('no process of the service ends over it', after === before, `${before}, then ${after}`)
})
