import { sla } from '../../sla.config.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Random } from '../../suites/contract/random.ts'
import { exactMean, isWithinOneUlp } from '../../suites/learning/exact-mean.ts'
import { fetchModel, isClosed, recordRounds, roundWhen } from '../../suites/learning/job.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { measureTimed, timedText } from '../awaited.ts'
import { lyingStorage, nameOf } from '../faults/lying-storage.ts'
import { untilForgiven } from '../kill.ts'
import { recordLaid } from '../laid-fault.ts'
import { requirement } from '../requirement.ts'
import { everyLie, type Drawn } from './every-lie.ts'
import {
  dimension,
  idOf,
  lie,
  submit,
  submitted,
  wholeAgain,
  write,
  type Course,
  type Named,
  type Needs,
} from './lying-course.ts'

const { role, goal } = sla.chaos.rows['CHAOS-STORE-1'].fault
const withinMs = sla.chaos.recoveryS * 1_000

const drawUpdate = (random: Random, client: string): Named => ({
  client,
  samples: random.integer(1, 500),
  delta: Float32Array.from({ length: dimension }, () => random.float() * 2 - 1),
})

/** Says again what was written, as a client does that does not know: what is there is refused, what is not is accepted. */
async function readAgain(course: Course, written: readonly Named[]): Promise<void> {
  for (const update of written) {
    const { accepted } = expectOk('submitUpdate', await submit(course, update))
    const id = idOf(course, update)
    course.scenario.observe.history('storage-believed', { type: 'read', id, found: !accepted })
  }
}

/** The round ends with every update once, whatever happened to its journal. */
async function endRound(course: Course, all: readonly Named[], base: Float32Array): Promise<void> {
  const { scenario, world, jobId, round } = course
  const { target, observe } = scenario
  const driver = { learning: target.learning, clock: target.clock, observe }
  const end = await roundWhen(driver, { jobId, round, withinMs: 20_000 }, isClosed)
  const seen = `${end.state} with ${end.updatesAccepted} of ${all.length} updates`
  const isWhole = end.state === 'aggregated' && end.updatesAccepted === all.length
  observe.check('a round whose journal was lied to ends with every update', isWhole, seen)
  const [right, { weights }] = [exactMean(base, all), await fetchModel(driver, jobId)]
  observe.check(
    'its model is the mean of these updates, each once',
    right.every((value, place) => isWithinOneUlp(weights[place] ?? Number.NaN, value)),
    `${weights.join(' ')} instead of ${right.join(' ')}`,
  )
  await recordRounds(driver, jobId, `${world}/${jobId}`)
}

/** One lie. Answers whether its effect was proven and everybody came back from it. */
async function oneLie(scenario: Scenario<Needs>, { kind, random, journal, world }: Drawn): Promise<boolean> {
  const { target, observe, log } = scenario
  const { learning, clock } = target
  const terms = { task: 'external', dimension, clients: goal, goal, minimum: goal, roundTimeoutMs: 120_000 } as const
  await untilForgiven(scenario, role)
  const { jobId } = expectOk('createJob', await learning.createJob(terms))
  const base = await fetchModel({ learning, clock, observe }, jobId)
  const { round } = expectOk('startRound', await learning.startRound({ jobId }))
  const storage = lyingStorage.draw(kind, random, 'learning')
  const course: Course = { scenario, journal, world, jobId, round, storage, random }
  const all = Array.from({ length: goal }, (_, client) => drawUpdate(random, `honest-${client}`))
  const writtenBefore = all.slice(0, submitted.before)
  const writtenUnder = all.slice(submitted.before, submitted.before + submitted.under)
  for (const update of writtenBefore) {
    const refused = await write(course, update)
    observe.check('a sound update is acknowledged', refused === null, refused ?? '')
  }
  const { value, proof, record } = await lie(course, writtenUnder)
  recordLaid(observe, { proof, record }, { job: jobId })
  if (value === null) return false
  const { recovery, told } = value
  measureTimed(observe, 'recovery', recovery)
  log(`${nameOf(kind)}: answers again ${timedText(recovery)}; told: ${told.join(' | ') || 'nothing'}`)
  if (recovery === null) return false
  const lacking = await wholeAgain(course, withinMs)
  observe.check('every storage holds again what was acknowledged', lacking === null, lacking ?? '')
  await readAgain(course, [...writtenBefore, ...writtenUnder])
  for (const update of all.slice(submitted.before + submitted.under)) {
    const refused = await write(course, update)
    observe.check('what is written after the lie is acknowledged', refused === null, refused ?? '')
  }
  await readAgain(course, all.slice(submitted.before + submitted.under))
  await endRound(course, all, base.weights)
  return true
}

// Storage lies to the coordinator of federated learning, in every way there is, while a round collects; then the coordinator
// dies, and is started again on what storage says. What was acknowledged is there, what was not is not, each lie is told.
requirement('CHAOS-STORE-1', ['learning', 'control'], (given) => {
  const { tier, target, connect } = given
  return everyLie(given, {
    // A coordinator takes only so many jobs.
    targetOf: async (round, seed) => (tier === 'simulation' && round > 0 ? connect(seed) : target),
    oneLie,
  })
})
