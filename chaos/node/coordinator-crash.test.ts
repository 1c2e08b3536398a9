import { sla } from '../../sla.config.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { randomFrom, type Random } from '../../suites/contract/random.ts'
import { exactMean, isWithinOneUlp, type Update } from '../../suites/learning/exact-mean.ts'
import { encode, fetchModel, isClosed, recordRounds, roundWhen, type Driver } from '../../suites/learning/job.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { measureTimed, timedText, type Timed } from '../awaited.ts'
import { answersAgain, crashCoordinator } from '../coordinator-outage.ts'
import { nodesOf } from '../extent.ts'
import { untilForgiven } from '../kill.ts'
import { runJournal, type Journal } from '../lease.ts'
import { requirement } from '../requirement.ts'
import { calm, expectedFrom, readNodes, steadyBefore, waitSteady } from '../steady.ts'

type Needs = 'mesh' | 'learning' | 'control'

const { role, goal, minimum, downMs } = sla.chaos.rows['CHAOS-NODE-10'].fault
const dimension = 16
const clients = 2 * goal
/** A round that ends by its time-out ends after the coordinator is back; one that ends at its goal must not meet it. */
const timeoutMs = { goal: 60_000, 'time-out': 7_000 } as const

/** Records what is answered about a job now; nothing where nobody answers. */
async function recordAnswer({ learning, clock, observe }: Driver, jobId: string): Promise<void> {
  const answer = await learning.job({ jobId })
  if (!answer.ok) return
  const { version, rounds } = answer.value
  observe.history('one-coordinator', {
    job: jobId,
    atMs: clock.nowMs(),
    version,
    rounds: rounds.map(({ round, state, updatesAccepted, modelHashAfter }) => ({
      round,
      state,
      updatesAccepted,
      modelHashAfter,
    })),
  })
}

type Named = Update & { readonly client: string }

/** One job, of which a round is under way. */
type Course = {
  readonly driver: Driver
  readonly jobId: string
  readonly round: number
  readonly endsBy: keyof typeof timeoutMs
  readonly random: Random
}

const drawUpdate = (random: Random, client: string): Named => ({
  client,
  samples: random.integer(1, 500),
  delta: Float32Array.from({ length: dimension }, () => random.float() * 2 - 1),
})

const submit = ({ driver, jobId, round }: Course, { client, samples, delta }: Named) =>
  driver.learning.submitUpdate({ jobId, round, updateId: `${jobId}-${client}`, client, samples, delta: encode(delta) })

/** Its end is timed; null where it never came back, or nothing died. */
async function crashOnce(scenario: Scenario<Needs>, course: Course, journal: Journal): Promise<Timed | null> {
  const { driver, jobId, random } = course
  const { learning, clock } = driver
  const besides = () => recordAnswer(driver, jobId)
  const recovered = await crashCoordinator(scenario, {
    journal,
    jobId,
    role,
    downMs: random.integer(downMs / 4, downMs),
    run: async (crashedAtMs, awayAtMs) => ({
      recovery: await answersAgain({ learning, clock, jobId, fromMs: crashedAtMs, awayAtMs, besides }),
    }),
  })
  if (recovered === null) return null
  measureTimed(scenario.observe, 'recovery', recovered.recovery)
  return recovered.recovery
}

/** A round that is decided before anything dies: whoever coordinates later must know what was decided. */
async function decideOne(course: Course): Promise<void> {
  const { driver, jobId, round, random } = course
  for (let client = 0; client < goal; client += 1) {
    const update = drawUpdate(random, `honest-early-${client}`)
    const { accepted, reason } = expectOk('submitUpdate', await submit(course, update))
    driver.observe.check('a sound update is accepted', accepted, reason)
  }
  await roundWhen(driver, { jobId, round, withinMs: 20_000 }, isClosed)
}

/** What was acknowledged is said again, as a client does that has lost the answer: it must not count twice. */
async function sayAgain(course: Course, acknowledged: readonly Named[]): Promise<void> {
  for (const update of acknowledged) {
    const { accepted, reason } = expectOk('submitUpdate', await submit(course, update))
    course.driver.observe.check('no update that was acknowledged counts again', !accepted, reason, { noise: false })
  }
}

/** A coordinator dies while a round collects. Answers whether it came back. */
async function crashInRound(scenario: Scenario<Needs>, index: number, journal: Journal): Promise<boolean> {
  const { target, observe, log } = scenario
  const { learning, clock } = target
  const random = randomFrom(`${scenario.seed}/round-${index}`)
  const driver = { learning, clock, observe }
  const endsBy = index % 2 === 0 ? 'goal' : 'time-out'
  const terms = { task: 'external', dimension, clients, goal, minimum, roundTimeoutMs: timeoutMs[endsBy] } as const
  await untilForgiven(scenario, role)
  const { jobId } = expectOk('createJob', await learning.createJob(terms))
  const begin = async (): Promise<Course> => {
    const { round } = expectOk('startRound', await learning.startRound({ jobId }))
    return { driver, jobId, round, endsBy, random }
  }
  await decideOne(await begin())
  const before = await fetchModel(driver, jobId)
  const course = await begin()
  const { round } = course
  const all = Array.from({ length: goal }, (_, client) => drawUpdate(random, `honest-${client}`))
  const acknowledged = all.slice(0, random.integer(minimum, goal - 1))
  for (const update of acknowledged) {
    const { accepted, reason } = expectOk('submitUpdate', await submit(course, update))
    observe.check('a sound update is accepted', accepted, reason)
  }
  await recordAnswer(driver, jobId)
  const recovery = await crashOnce(scenario, course, journal)
  log(`${jobId}, which ends by its ${endsBy}: the coordinator answers again ${timedText(recovery)}`)
  if (recovery === null) return false
  const { updatesAccepted: kept } = await roundWhen(driver, { jobId, round, withinMs: 0 }, () => true)
  const isKept = kept >= acknowledged.length
  observe.check('no update that was acknowledged is lost', isKept, `${kept} of ${acknowledged.length}`, {
    noise: false,
  })
  await sayAgain(course, acknowledged)
  const rest = endsBy === 'goal' ? all.slice(acknowledged.length) : []
  for (const update of rest) {
    const { accepted, reason } = expectOk('submitUpdate', await submit(course, update))
    observe.check('the round of before goes on', accepted, reason)
  }
  const end = await roundWhen(driver, { jobId, round, withinMs: 20_000 }, isClosed)
  const used = [...acknowledged, ...rest]
  const seen = `${end.state} with ${end.updatesAccepted} of ${used.length} updates`
  const isWhole = end.state === 'aggregated' && end.updatesAccepted === used.length
  observe.check('a round that its coordinator left ends with every update that was acknowledged', isWhole, seen)
  const [right, { weights }] = [exactMean(before.weights, used), await fetchModel(driver, jobId)]
  observe.check(
    'its model is the mean of these updates, each once',
    right.every((value, place) => isWithinOneUlp(weights[place] ?? Number.NaN, value)),
    `${weights.join(' ')} instead of ${right.join(' ')}`,
  )
  await recordAnswer(driver, jobId)
  await recordRounds(driver, jobId)
  return true
}

// The coordinator dies while a round collects, in turn in one that its goal ends and in one that its time-out ends. It comes
// back with the round as it was: no acknowledged update is lost, none counts twice, and the time-out is the one of before.
// Edge aggregators there are none yet, so none dies.
requirement('CHAOS-NODE-10', ['mesh', 'learning', 'control'], async (given) => {
  const { mesh, clock } = given.target
  let isWell = true
  const check: Scenario['observe']['check'] = (claim, holds, ...seen) => {
    isWell &&= holds
    given.observe.check(claim, holds, ...seen)
  }
  const scenario = { ...given, observe: { ...given.observe, check } }
  expectOk('formMesh', await mesh.formMesh({ nodes: nodesOf(scenario, 'CHAOS-NODE-10')(0) }))
  const watched = { mesh, clock, expected: expectedFrom(await readNodes(mesh)) }
  if (!(await steadyBefore(scenario.observe, watched))) return
  const journal = runJournal()
  try {
    // After a round in which a check failed there is no other: whatever it would show, the row has failed.
    for (let index = 0, isBack = true; index < scenario.repeats * scenario.scale && isBack && isWell; index += 1)
      isBack = await crashInRound(scenario, index, journal)
  } finally {
    journal.close()
  }
  const after = await waitSteady({ ...watched, ...calm })
  check('no crash of the coordinator shows in the mesh', after === null, after ?? '')
})
