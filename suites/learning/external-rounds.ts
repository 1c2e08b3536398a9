import type { LearningRound } from '../contract/learning.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Random } from '../contract/random.ts'
import { exactMean, isWithinOneUlp, type Update } from './exact-mean.ts'
import { encode, fetchModel, isClosed, recordRounds, roundWhen, type Driver, type Model } from './job.ts'

const dimension = 8
const goal = 4
const minimum = 2
/** Long enough for every submission of a slow machine, and short enough to wait for, twice. */
const timeoutMs = { atGoal: 30_000, atTimeout: 2_500 } as const
/** Timers and timestamps of a target may count in whole milliseconds: a time-out that is early by less is on time. */
const timerGrainMs = 2

type Submission = Update & { readonly updateId: string; readonly client: string; readonly round: number }

const filled = (value: number, length = dimension): Float32Array => new Float32Array(length).fill(value)

/** Updates that no round may use, each with its flaw. */
const hostile: readonly { readonly flaw: string; readonly delta: Float32Array; readonly samples: number }[] = [
  { flaw: 'a NaN', delta: Float32Array.of(Number.NaN, ...filled(1, dimension - 1)), samples: 1 },
  { flaw: 'an infinity', delta: filled(Number.POSITIVE_INFINITY), samples: 1 },
  { flaw: 'values of 1e38', delta: filled(1e38), samples: 1 },
  { flaw: 'a value too few', delta: filled(1, dimension - 1), samples: 1 },
  { flaw: 'no value', delta: filled(1, 0), samples: 1 },
  { flaw: 'zero samples', delta: filled(1), samples: 0 },
  { flaw: 'negative samples', delta: filled(1), samples: -3 },
  { flaw: 'half a sample', delta: filled(1), samples: 1.5 },
  { flaw: 'a billion samples', delta: filled(1), samples: 1e9 },
]

/** One external job of the suite's own clients, and what the suite knows of it. */
type Course = {
  readonly driver: Driver
  readonly jobId: string
  readonly random: Random
  refused: number
}

const sound = (course: Course, client: string, round: number): Submission => ({
  updateId: `${client}-${round}`,
  client,
  round,
  samples: course.random.integer(1, 500),
  delta: Float32Array.from({ length: dimension }, () => course.random.float() * 2 - 1),
})

async function submit({ driver, jobId }: Course, { delta, ...rest }: Submission) {
  return expectOk('submitUpdate', await driver.learning.submitUpdate({ jobId, ...rest, delta: encode(delta) }))
}

async function accept(course: Course, update: Submission): Promise<void> {
  const { accepted, reason } = await submit(course, update)
  course.driver.observe.check('a sound update is accepted', accepted, `${update.updateId}: ${reason}`)
}

async function refuse(course: Course, what: string, update: Submission): Promise<void> {
  const { accepted, reason } = await submit(course, update)
  const told = !accepted && reason !== ''
  course.driver.observe.check(`${what} is refused with a reason`, told, accepted ? 'accepted' : 'no reason')
  course.refused += 1
}

const start = async ({ driver, jobId }: Course): Promise<number> =>
  expectOk('startRound', await driver.learning.startRound({ jobId })).round

const closed = ({ driver, jobId }: Course, round: number): Promise<LearningRound> =>
  roundWhen(driver, { jobId, round, withinMs: 40_000 }, isClosed)

function checkMean({ driver }: Course, what: string, models: readonly [Model, Model], used: readonly Update[]): void {
  const [before, after] = models
  const right = exactMean(before.weights, used)
  driver.observe.check(
    `${what} is the mean of its own updates`,
    right.every((value, index) => isWithinOneUlp(after.weights[index] ?? Number.NaN, value)),
    `${after.weights.join(' ')} instead of ${right.join(' ')}`,
  )
}

function checkClosed({ driver }: Course, round: LearningRound, state: LearningRound['state'], accepted: number): void {
  const { observe } = driver
  const what = state === 'abandoned' ? 'an abandoned round' : 'an aggregated round'
  observe.check(`${what} is called ${state}`, round.state === state, `${round.state}, ${round.updatesAccepted} updates`)
  const counted = round.updatesAccepted === accepted
  observe.check(`${what} counts what it accepted`, counted, `${round.updatesAccepted} instead of ${accepted}`)
}

/** Hostile and repeated updates are refused and counted; the goal closes the round at once. */
async function fireAtGoal(course: Course): Promise<void> {
  const { driver, jobId } = course
  const before = await fetchModel(driver, jobId)
  const round = await start(course)
  for (const [index, { flaw, ...rest }] of hostile.entries()) {
    const name = `hostile-${index}`
    await refuse(course, `an update with ${flaw}`, { updateId: name, client: name, round, ...rest })
  }
  const used = ['a', 'b', 'c', 'd'].map((client) => sound(course, client, round))
  const [first, ...others] = used
  if (first === undefined) return
  await accept(course, first)
  await refuse(course, 'an update that came before', { ...first, client: 'e' })
  await refuse(course, 'a second update of a client', { ...sound(course, 'a', round), updateId: 'a-again' })
  await refuse(course, 'an update of a round to come', sound(course, 'f', round + 1))
  for (const update of others) await accept(course, update)
  const end = await closed(course, round)
  checkClosed(course, end, 'aggregated', goal)
  const tookMs = (end.closedAtMs ?? Number.POSITIVE_INFINITY) - end.startedAtMs
  driver.observe.check('a round closes at its goal, before its time-out', tookMs < timeoutMs.atGoal, `${tookMs} ms`)
  await refuse(course, 'a late update', sound(course, 'e', round))
  checkMean(course, 'the model of a round at its goal', [before, await fetchModel(driver, jobId)], used)
  const { updatesRefused } = await closed(course, round)
  const counted = Object.values(updatesRefused).reduce((sum, count) => sum + count, 0)
  driver.observe.check('refused updates are counted', counted === course.refused, `${counted} of ${course.refused}`)
}

/** One update, fewer than the minimum: the round is given up at its time-out and the model stays. */
async function abandon(course: Course): Promise<void> {
  const { driver, jobId } = course
  const before = await fetchModel(driver, jobId)
  const round = await start(course)
  await accept(course, sound(course, 'a', round))
  const end = await closed(course, round)
  checkClosed(course, end, 'abandoned', 1)
  const tookMs = (end.closedAtMs ?? 0) - end.startedAtMs
  driver.observe.check(
    'a round is not given up before its time-out',
    tookMs >= timeoutMs.atTimeout - timerGrainMs,
    `${tookMs} ms`,
  )
  const { hash } = await fetchModel(driver, jobId)
  driver.observe.check(
    'an abandoned round leaves the model as it was',
    hash === before.hash,
    `${before.hash} → ${hash}`,
  )
}

/** Between minimum and goal: aggregated at the time-out, without the update that is late for the round before. */
async function fireAtTimeout(course: Course): Promise<void> {
  const { driver, jobId } = course
  const before = await fetchModel(driver, jobId)
  const round = await start(course)
  const used = ['a', 'b', 'c'].slice(0, minimum).map((client) => sound(course, client, round))
  for (const update of used) await accept(course, update)
  await refuse(course, 'a late update of the round before', sound(course, 'e', round - 1))
  checkClosed(course, await closed(course, round), 'aggregated', minimum)
  checkMean(course, 'the model of a round at its time-out', [before, await fetchModel(driver, jobId)], used)
}

async function open(driver: Driver, random: Random, roundTimeoutMs: number): Promise<Course> {
  const terms = { task: 'external', dimension, clients: 20, goal, minimum, roundTimeoutMs } as const
  const { jobId } = expectOk('createJob', await driver.learning.createJob(terms))
  return { driver, jobId, random: random.stream(`external/${roundTimeoutMs}`), refused: 0 }
}

/** Three rounds with the suite's own updates: at the goal, below the minimum, between both. */
export async function driveExternalRounds(driver: Driver, random: Random): Promise<void> {
  const prompt = await open(driver, random, timeoutMs.atGoal)
  await fireAtGoal(prompt)
  await recordRounds(driver, prompt.jobId)
  const slow = await open(driver, random, timeoutMs.atTimeout)
  await abandon(slow)
  await fireAtTimeout(slow)
  await recordRounds(driver, slow.jobId)
}
