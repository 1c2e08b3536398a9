import { expectOk } from '../contract/outcome.ts'
import type { Training } from '../contract/model.ts'
import { changed } from './changed-settings.ts'
import { readConnections } from './signals.ts'
import { seenWithin, type Alive, type Configured, type Trial } from './trial.ts'

/** Far too few for a promised model, and enough here once a fifth is held out. */
const records = 60
/** So that a request stays below the size that is set. */
const atOnce = 10
/** The service's own first training comes before. */
const trainedWithinMs = 90_000
const publishedWithinMs = 8_000
const name = 'told-by-lot'

const trainingOf = async ({ model }: Trial, version: number): Promise<Training | undefined> =>
  expectOk('trainings', await model.trainings({})).find((one) => one.version === version)

/** A model that nobody would publish as promised: it saw few records, whose families were drawn by lot. */
export async function observeModel({ random }: Configured, trial: Trial, alive: Alive): Promise<void> {
  const { model } = trial
  const lot = random.stream('lots')
  const told = readConnections()
    .slice(0, records)
    .map(({ features }) => ({ features, kind: lot.integer(0, 1) === 0 ? ('dos' as const) : ('normal' as const) }))
  for (let from = 0; from < records; from += atOnce) {
    const some = told.slice(from, from + atOnce)
    expectOk('addTrainingRecords', await model.addTrainingRecords({ name, records: some }))
  }
  const [hours = 0, minutes = 0] = changed['model.publishAtUtc'].split(':').map(Number)
  const dueAtMs = Date.UTC(2030, 0, 1, hours, minutes)
  expectOk('setModelClock', await model.setModelClock({ nowMs: dueAtMs - 3_600_000 }))
  const { version } = expectOk('trainModel', await model.trainModel({ trainingSet: name }))
  const trained = await seenWithin(trial, () => trainingOf(trial, version), {
    isEnough: (one) => one !== undefined && one.state !== 'asked',
    withinMs: trainedWithinMs,
  })
  const seen = `${trained?.state} with ${trained?.samples} samples and evaluation ${trained?.evaluation}: ${trained?.reason}`
  const isGood = trained?.state === 'waiting'
  alive('model.samplesMin', 'fewer samples are enough', isGood, seen)
  alive('model.evaluationMin', 'a worse evaluation is enough', isGood, seen)
  expectOk('setModelClock', await model.setModelClock({ nowMs: dueAtMs - 200 }))
  const later = await seenWithin(trial, () => trainingOf(trial, version), {
    isEnough: (one) => one?.state === 'published',
    withinMs: publishedWithinMs,
  })
  const said = `${later?.state} after ${changed['model.publishAtUtc']} on its clock`
  alive('model.publishAtUtc', 'a model is published at another time of day', later?.state === 'published', said)
}
