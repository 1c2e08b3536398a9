import type { PublishedModel } from '../contract/model.ts'
import { expectOk } from '../contract/outcome.ts'
import type { TargetWith } from '../requirement.ts'

const pollMs = 50
const trainedWithinMs = 60_000

/** Waits for the first training of a service that has just been started; answers the model that is published then. */
export async function firstModel({ clock, model }: TargetWith<'model'>): Promise<PublishedModel> {
  const deadlineMs = clock.nowMs() + trainedWithinMs
  for (;;) {
    const outcome = await model.publishedModel({})
    if (outcome.ok || clock.nowMs() > deadlineMs) return expectOk('publishedModel', outcome)
    await clock.sleep(pollMs)
  }
}
