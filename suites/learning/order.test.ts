import { expectOk } from '../contract/outcome.ts'
import type { Random } from '../contract/random.ts'
import { requirement } from '../requirement.ts'
import { exactMean, type Update } from './exact-mean.ts'
import { encode, fetchModel, isClosed, roundWhen, type Driver, type Model } from './job.ts'

const dimension = 256
const updatesPerRound = 60
const orders = 5

type Named = Update & { readonly id: string }

/** Magnitudes from 2^-60 to 2^12 with either sign: most of a running sum's bits are lost sooner or later. */
const awkward = (random: Random): number => {
  const size = (1 + random.float()) * 2 ** random.integer(-60, 12)
  return random.integer(0, 1) === 0 ? size : -size
}

/** Half of the updates nearly cancel the other half, so what is left hangs on the last bits. */
function awkwardUpdates(random: Random): readonly Named[] {
  const updates: Named[] = []
  for (let pair = 0; pair < updatesPerRound / 2; pair += 1) {
    const samples = random.integer(1, 10_000)
    const delta = Float32Array.from({ length: dimension }, () => awkward(random))
    const against = delta.map((value) => -value * (1 + random.integer(0, 2) * 2 ** -22))
    updates.push({ id: `${pair}-a`, delta, samples }, { id: `${pair}-b`, delta: against, samples })
  }
  return updates
}

function permuted<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map((item) => ({ item, rank: random.float() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}

/** Submits the updates one after another to a job of its own and answers the model before and after. */
async function aggregate(driver: Driver, updates: readonly Named[]): Promise<{ before: Model; after: Model }> {
  const { learning, observe } = driver
  const count = updates.length
  const terms = { task: 'external', dimension, clients: count, goal: count, minimum: count } as const
  const { jobId } = expectOk('createJob', await learning.createJob({ ...terms, roundTimeoutMs: 60_000 }))
  const before = await fetchModel(driver, jobId)
  const { round } = expectOk('startRound', await learning.startRound({ jobId }))
  for (const { id, delta, samples } of updates) {
    const update = { jobId, round, updateId: id, client: id, samples, delta: encode(delta) }
    const { accepted, reason } = expectOk('submitUpdate', await learning.submitUpdate(update))
    observe.check('an update with finite values and a sound count is accepted', accepted, reason)
  }
  const closed = await roundWhen(driver, { jobId, round, withinMs: 30_000 }, isClosed)
  observe.check('a round with all its updates is aggregated', closed.state === 'aggregated', closed.state)
  return { before, after: await fetchModel(driver, jobId) }
}

function difference(seen: Float32Array, right: Float32Array): string {
  const wrong = [...right.keys()].filter((index) => !Object.is(seen[index], right[index]))
  const first = wrong[0] ?? 0
  return `${wrong.length} of ${right.length} values differ, the first is ${seen[first]} instead of ${right[first]}`
}

requirement('FL-ORDER', ['learning'], async ({ target, observe, random }) => {
  const driver = { learning: target.learning, clock: target.clock, observe }
  const updates = awkwardUpdates(random.stream('updates'))
  const { before, after: first } = await aggregate(driver, updates)
  for (let order = 1; order < orders; order += 1) {
    const { after } = await aggregate(driver, permuted(updates, random.stream(`order/${order}`)))
    observe.check(
      'any order of arrival gives the same bytes',
      after.base64 === first.base64,
      difference(after.weights, first.weights),
    )
  }
  const right = exactMean(before.weights, updates)
  observe.check(
    'the model is the exact mean, rounded once',
    encode(right) === first.base64,
    difference(first.weights, right),
  )
})
