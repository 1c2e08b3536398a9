import { createHash } from 'node:crypto'
import type { Clock } from '../contract/clock.ts'
import type { LearningPlane, LearningRound } from '../contract/learning.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Observe } from '../evidence/recorder.ts'

/** What driving a job takes. */
export type Driver = {
  readonly learning: LearningPlane
  readonly clock: Clock
  readonly observe: Observe
}

export const encode = (vector: Float32Array): string =>
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')

export type Model = { readonly weights: Float32Array; readonly base64: string; readonly hash: string }

/** The model as it was fetched; checks that the target names it by the SHA-256 of its bytes. */
export async function fetchModel({ learning, observe }: Driver, jobId: string): Promise<Model> {
  const { weights: base64, hash } = expectOk('model', await learning.model({ jobId }))
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
  const own = createHash('sha256').update(bytes).digest('hex')
  observe.check("a model's hash is the SHA-256 of its bytes", own === hash, `${hash} for bytes of ${own}`)
  return { weights: new Float32Array(bytes.buffer), base64, hash }
}

const pollMs = 50

/** The round once `until` holds, or as it is after `withinMs`. */
export async function roundWhen(
  { learning, clock }: Driver,
  where: { readonly jobId: string; readonly round: number; readonly withinMs: number },
  until: (round: LearningRound) => boolean,
): Promise<LearningRound> {
  const { jobId, round, withinMs } = where
  const deadlineMs = clock.nowMs() + withinMs
  for (;;) {
    const found = expectOk('job', await learning.job({ jobId })).rounds.find((candidate) => candidate.round === round)
    if (found === undefined) throw new Error(`Job ${jobId} does not show its round ${round}.`)
    if (until(found) || clock.nowMs() >= deadlineMs) return found
    await clock.sleep(pollMs)
  }
}

export const isClosed = (round: LearningRound): boolean => round.state !== 'collecting'

/** Hands every round of the job to the judge's checker, as the target shows them at the end; `job` names it where jobs of several worlds are recorded. */
export async function recordRounds({ learning, observe }: Driver, jobId: string, job = jobId): Promise<void> {
  for (const round of expectOk('job', await learning.job({ jobId })).rounds) {
    observe.history('round-lineage', { type: 'round', job, ...round })
  }
}
