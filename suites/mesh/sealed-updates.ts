import type { LearningPlane, LearningRound } from '../contract/learning.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Scenario } from '../requirement.ts'
import { canaryOf, formsOf, type Canary } from './canaries.ts'
import { doubt, searchSealed, type Planted } from './sealed-search.ts'

type Seal = Scenario<'learning'>

/**
 * Jobs of the target's own training. The model of a job with one client is that client's update, where it begins with
 * zeros: what its bytes are is known without asking anybody for the update. The other one has rounds after the first.
 */
const jobs = [
  { clients: 1, rounds: 1 },
  { clients: 1, rounds: 1 },
  { clients: 6, rounds: 2 },
] as const
const roundTimeoutMs = 60_000
const roundWithinMs = 70_000
const pollMs = 50
/** Of the model's bytes, so many stretches of so many are looked for. */
const stretch = { count: 12, bytes: 64 } as const

type Job = {
  readonly jobId: string
  readonly dimension: number
  readonly note: Canary
  readonly clients: number
  readonly rounds: number
}

/**
 * Models and updates travel while everything is captured: notes that the target's clients send with their updates, and
 * the bytes of the models, must not be found. The jobs are created before and the models read after: then nothing that
 * the suite says or hears meanwhile holds them. Answers what looks through what was captured.
 */
export async function watchSealedUpdates(scenario: Seal): Promise<() => void> {
  const { target, observe, random, log } = scenario
  const { learning } = target
  const created: Job[] = []
  for (const { clients, rounds } of jobs) {
    const note = canaryOf(random)
    const terms = { task: 'digits', clients, goal: clients, minimum: clients, roundTimeoutMs } as const
    const { jobId, dimension } = expectOk('createJob', await learning.createJob({ ...terms, note: note.text }))
    created.push({ jobId, dimension, note, clients, rounds })
  }
  const ends = target.description.sealedEnds?.modelUpdates
  return searchSealed(scenario, { traffic: 'model updates', ends }, async () => {
    const closed: LearningRound[] = []
    for (const job of created)
      for (let round = 0; round < job.rounds; round += 1) closed.push(await train(scenario, job))
    return {
      own: [],
      after: async () => {
        const sent = created.reduce((sum, { clients, rounds }) => sum + clients * rounds, 0)
        const noted = closed.reduce((sum, { updatesNoted = 0 }) => sum + updatesNoted, 0)
        const detail = 'of updates that brought the note of their job back'
        doubt(observe, 'samples enough', sent - noted, { unit: 'canaries not sent', detail })
        const models: Planted[] = []
        for (const { jobId } of created) models.push(await weightsOf(learning, jobId))
        const stretches = models.reduce((sum, { canaries }) => sum + canaries.length, 0)
        log(`${sent} updates, of which ${noted} with a canary; ${stretches} stretches of models looked for`)
        const notes = { what: 'a model update', canaries: created.map(({ note }) => note) }
        // At least a byte for each value, the model and the update; most send four.
        const perUpdate = created.map(
          ({ clients, rounds, dimension, note }) => clients * rounds * (2 * dimension + note.text.length),
        )
        return { planted: [notes, ...models], bytesLeast: perUpdate.reduce((sum, bytes) => sum + bytes, 0) }
      },
    }
  })
}

/** One round, until every client has its model. */
async function train({ target, observe }: Seal, { jobId, clients }: Job): Promise<LearningRound> {
  const { learning, clock } = target
  const { round } = expectOk('startRound', await learning.startRound({ jobId }))
  const deadlineMs = clock.nowMs() + roundWithinMs
  for (;;) {
    const found = expectOk('job', await learning.job({ jobId })).rounds[round]
    if (found === undefined) throw new Error(`Job ${jobId} does not show its round ${round}.`)
    const isOver = found.state !== 'collecting' && found.distributedTo >= clients
    if (isOver || clock.nowMs() >= deadlineMs) {
      const got = `${found.state}, ${found.updatesAccepted} updates, ${found.distributedTo} of ${clients} have the model`
      observe.check('a round whose updates are looked for is aggregated and distributed', isOver, got)
      return found
    }
    await clock.sleep(pollMs)
  }
}

/** Stretches of a model's bytes that no other bytes would hold: without zeros, which are everywhere. */
async function weightsOf(learning: LearningPlane, jobId: string): Promise<Planted> {
  const { weights } = expectOk('model', await learning.model({ jobId }))
  const bytes = Buffer.from(weights, 'base64')
  const canaries: Canary[] = []
  for (let at = 0; at + stretch.bytes <= bytes.length && canaries.length < stretch.count; at += stretch.bytes) {
    const part = bytes.subarray(at, at + stretch.bytes)
    if (new Set(part).size < stretch.bytes / 2) continue
    canaries.push({ text: `bytes ${at} to ${at + stretch.bytes} of the model of ${jobId}`, forms: formsOf(part) })
  }
  return { what: "a model's weights", canaries }
}
