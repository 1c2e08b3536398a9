import { sla } from '../../sla.config.ts'
import { recordsAtOnce, type LabelledConnection, type PublishedModel, type Training } from '../contract/model.ts'
import { expectOk } from '../contract/outcome.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { apartMax } from './agreement.ts'
import { quiesce } from './final-read.ts'
import { firstModel } from './first-model.ts'
import { postPatiently } from './post.ts'
import { readConnections, threatSignals } from './signals.ts'

type Modelled = Scenario<'events' | 'model'>

const { samplesMin, evaluationMin, publishAtUtc } = sla.deployment.events.model
const pollMs = 50
const trainedWithinMs = 60_000
const dayMs = 86_400_000
/** How long before the instant of publication the clock is set, and how long after it a model may take to appear. */
const rehearsal = { beforeMs: 1_500, withinMs: 1_500 } as const

/** In parts of so many as one request takes. */
const parts = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / recordsAtOnce) }, (_, part) =>
    all.slice(part * recordsAtOnce, (part + 1) * recordsAtOnce),
  )

const published = async ({ target }: Modelled): Promise<PublishedModel> =>
  expectOk('publishedModel', await target.model.publishedModel({}))

/** Has a set of records trained on; answers the training once it has come to its end. */
async function train({ target, seed }: Modelled, name: string, records: readonly LabelledConnection[] | null) {
  const { clock, model } = target
  const set = `${seed}-${name}`.replaceAll(/[^\w-]+/g, '-').slice(-64)
  for (const part of parts(records ?? []))
    expectOk('addTrainingRecords', await model.addTrainingRecords({ name: set, records: [...part] }))
  const trainingSet = records === null ? null : set
  const { version } = expectOk('trainModel', await model.trainModel({ trainingSet }))
  const deadlineMs = clock.nowMs() + trainedWithinMs
  for (;;) {
    const told = expectOk('trainings', await model.trainings({})).find((one) => one.version === version)
    if (told !== undefined && told.state !== 'asked') return told
    if (clock.nowMs() > deadlineMs)
      throw new Error(`Training ${version} (${name}) has not ended in ${trainedWithinMs} ms.`)
    await clock.sleep(pollMs)
  }
}

/** Share of the records whose family the published model tells rightly, and which model that was. */
async function share({ target }: Modelled, records: readonly LabelledConnection[]) {
  let right = 0
  let version = 0
  for (const part of parts(records)) {
    const connections = part.map(({ features }) => features)
    const told = expectOk('inferConnections', await target.model.inferConnections({ connections }))
    version = told.version
    right += part.filter(({ kind }, at) => told.inferences[at]?.kind === kind).length
  }
  return { share: right / records.length, version }
}

/** Which model an event meets that is posted now. */
async function metBy({ target, random, seed }: Modelled, name: string): Promise<number> {
  const event = { ...threatSignals(random.stream(name))(), id: `${seed}/${name}` }
  await postPatiently(target, event)
  await quiesce(target.events, target.clock)
  return expectOk('eventInference', await target.model.eventInference({ eventId: event.id })).version
}

/** Sets the clock shortly before the next instant of publication; answers how the published model changes: before it, and after. */
async function rehearse(scenario: Modelled): Promise<{ before: number; after: PublishedModel; instantMs: number }> {
  const { clock, model } = scenario.target
  const { nowMs } = expectOk('modelClock', await model.modelClock({}))
  const [hours = 0, minutes = 0] = publishAtUtc.split(':').map(Number)
  const ofDayMs = (hours * 60 + minutes) * 60_000
  const instantMs = Math.ceil((nowMs + rehearsal.beforeMs - ofDayMs) / dayMs) * dayMs + ofDayMs
  expectOk('setModelClock', await model.setModelClock({ nowMs: instantMs - rehearsal.beforeMs }))
  await clock.sleep(rehearsal.beforeMs / 2)
  const before = await published(scenario)
  await clock.sleep(rehearsal.beforeMs / 2 + rehearsal.withinMs)
  return { before: before.version, after: await published(scenario), instantMs }
}

/** Too few samples, or none of their labels right: refused with the reason, and the model before stays over midnight. */
async function observeFailures(scenario: Modelled, records: readonly LabelledConnection[]): Promise<void> {
  const { observe } = scenario
  const before = await published(scenario)

  const kinds = ['normal', 'probe', 'dos', 'r2l', 'u2r'] as const
  const mislabelled = records.map(({ features }, at) => ({ features, kind: kinds[at % kinds.length] ?? 'normal' }))
  const failed: readonly (readonly [string, Training])[] = [
    ['too few samples', await train(scenario, 'few', records.slice(0, samplesMin - 1))],
    ['labels at random', await train(scenario, 'mislabelled', mislabelled)],
  ]
  for (const [what, { state, samples, evaluation, reason }] of failed) {
    const seen = `${what}: ${state}, ${samples} samples, evaluation ${evaluation}, ${reason}`
    observe.check('a failed training is refused with a reason', state === 'refused' && (reason ?? '') !== '', seen)
  }
  const { after } = await rehearse(scenario)
  const seen = `version ${after.version} instead of ${before.version}`
  observe.check('the previous model stays on failure', after.version === before.version, seen)
  const met = await metBy(scenario, 'after-failure')
  observe.check('events meet the published model', met === before.version, `version ${met}, not ${before.version}`)
}

/** A good model waits for midnight, is there after it, and is as good as it says on records that the target has not seen. */
async function observePublication(
  scenario: Modelled,
  records: readonly LabelledConnection[],
  unseen: readonly LabelledConnection[],
): Promise<void> {
  const { observe } = scenario
  const training = await train(scenario, 'good', records)
  const waits = `${training.state}: ${training.samples} samples, evaluation ${training.evaluation}, ${training.reason}`
  observe.check('a good model waits for its instant', training.state === 'waiting', waits)
  const { before, after, instantMs } = await rehearse(scenario)
  observe.check('nothing is published before its instant', before !== training.version, `version ${before}`)
  const lateMs = after.publishedAtMs - instantMs
  const isTimely = after.version === training.version && lateMs >= 0 && lateMs <= rehearsal.withinMs
  observe.check(
    `a good model is published at ${publishAtUtc} UTC`,
    isTimely,
    `version ${after.version}, ${lateMs} ms after`,
  )
  judgeModel(scenario, after)
  const seen = await share(scenario, unseen)
  const most = apartMax({ share: after.evaluation, of: after.heldOut }, { share: seen.share, of: unseen.length })
  const agreed =
    `told ${after.evaluation} of ${after.heldOut}, seen ${seen.share} of ${unseen.length} by version ${seen.version}, ` +
    `at most ${most.toFixed(3)} apart`
  const isAgreed = after.heldOut > 0 && Math.abs(seen.share - after.evaluation) <= most
  observe.check('the evaluation told is the one seen', isAgreed, agreed)
  observe.measure('model-evaluation', '1', seen.share)
  const met = await metBy(scenario, 'after-publication')
  observe.check('events meet the published model', met === after.version, `version ${met}, not ${after.version}`)
}

function judgeModel({ observe }: Modelled, { samples, evaluation }: PublishedModel): void {
  observe.measure('model-samples', '1', samples)
  observe.measure('model-evaluation', '1', evaluation)
}

// The records are NSL-KDD's, of its test set: part of them trains a model of ours, the rest tells how good it is. Beside it
// stands what the target's own model, which learnt from the training set, makes of all of them: attacks that it never met.
requirement('EVT-ML', ['events', 'model'], async (scenario) => {
  const { target, observe, random, log } = scenario
  const own = await firstModel(target)
  judgeModel(scenario, own)
  const all = readConnections().map(({ kind, features }) => ({ kind, features }))
  const kdd = await share(scenario, all)
  observe.count(
    'KDDTest+ records told rightly by the first model, of 2,050',
    '1',
    Math.round(kdd.share * all.length),
    1,
  )
  log(
    `version ${own.version}: ${own.samples} samples, evaluation ${own.evaluation.toFixed(3)} on ${own.heldOut} held out; ` +
      `KDDTest+ ${kdd.share.toFixed(3)} of ${all.length}, asked for ${evaluationMin} on the hold-out`,
  )
  const unseenCount = Math.round(all.length / 5)
  const order = all.map((record) => ({ record, lot: random.float() })).sort((a, b) => a.lot - b.lot)
  const drawn = order.map(({ record }) => record)
  try {
    await observeFailures(scenario, drawn.slice(unseenCount))
    await observePublication(scenario, drawn.slice(unseenCount), drawn.slice(0, unseenCount))
  } finally {
    expectOk('setModelClock', await target.model.setModelClock({ nowMs: null }))
  }
})
