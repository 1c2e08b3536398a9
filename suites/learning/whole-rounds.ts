import { expectOk } from '../contract/outcome.ts'
import type { Scenario } from '../requirement.ts'
import { driveExternalRounds } from './external-rounds.ts'
import { fetchModel, isClosed, recordRounds, roundWhen, type Driver } from './job.ts'

const rounds = 5
const clients = 100
const goal = 90

/** Starts one round of the target's own training and waits until its model has reached every client. */
async function train(driver: Driver, jobId: string): Promise<number> {
  const { learning, observe } = driver
  const { round } = expectOk('startRound', await learning.startRound({ jobId }))
  const closed = await roundWhen(driver, { jobId, round, withinMs: 40_000 }, isClosed)
  const got = `${closed.state} with ${closed.updatesAccepted} updates`
  observe.check('a round that reached its goal is aggregated', closed.state === 'aggregated', got)
  observe.check('a round aggregates at least its goal', closed.updatesAccepted >= goal, got)
  const model = await fetchModel(driver, jobId)
  observe.check('the model is the one of the round', model.hash === closed.modelHashAfter, `${closed.modelHashAfter}`)
  observe.check('a round changes the model', closed.modelHashAfter !== closed.modelHashBefore, closed.modelHashBefore)
  const where = { jobId, round, withinMs: 20_000 }
  const { distributedTo } = await roundWhen(driver, where, (seen) => seen.distributedTo === clients)
  observe.check('the new model reaches every client', distributedTo === clients, `${distributedTo} of ${clients}`)
  return closed.accuracy ?? Number.NaN
}

async function driveDigits(driver: Driver): Promise<void> {
  const { learning, observe } = driver
  const terms = { task: 'digits', clients, goal, minimum: 50, roundTimeoutMs: 30_000 } as const
  const { jobId } = expectOk('createJob', await learning.createJob(terms))
  const accuracies: number[] = []
  for (let round = 0; round < rounds; round += 1) accuracies.push(await train(driver, jobId))
  const [first = Number.NaN] = accuracies
  const last = accuracies.at(-1) ?? Number.NaN
  observe.check('held-out accuracy rises over the rounds', last > first, accuracies.join(', '))
  const convergence = expectOk('job', await learning.job({ jobId })).rounds.at(-1)?.convergence ?? 'unknown'
  const sound = convergence === 'converging' || convergence === 'plateau'
  observe.check('a training that gains is seen to converge', sound, convergence)
  await recordRounds(driver, jobId)
}

/** Rounds of the suite's own updates, then of the target's own training. */
export async function driveRounds({ target, observe, random }: Scenario<'learning'>): Promise<void> {
  const driver = { learning: target.learning, clock: target.clock, observe }
  await driveExternalRounds(driver, random)
  await driveDigits(driver)
}
