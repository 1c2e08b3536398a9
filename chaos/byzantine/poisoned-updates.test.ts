import { expectOk } from '../../suites/contract/outcome.ts'
import type { Random } from '../../suites/contract/random.ts'
import { exactMean, type Update } from '../../suites/learning/exact-mean.ts'
import { encode, fetchModel, isClosed, roundWhen, type Driver } from '../../suites/learning/job.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { joinMember, repeatAttack, type Attack, type Attacked } from '../attacks.ts'
import { requirement } from '../requirement.ts'

type Needs = 'mesh' | 'learning'

const dimension = 16
const honest = 4
const roundTimeoutMs = 30_000

/** One poisoned value somewhere among sound ones: whoever looks at the first few only does not see it. */
const withOne = (value: number, random: Random): Float32Array => {
  const delta = Float32Array.from({ length: dimension }, () => random.float() * 2 - 1)
  delta[random.integer(0, dimension - 1)] = value
  return delta
}

const sound = (random: Random): Update => ({
  delta: Float32Array.from({ length: dimension }, () => random.float() * 2 - 1),
  samples: random.integer(1, 500),
})

/** Updates that would move a mean at will, or leave it nowhere, each in one way. */
const poisoned = (random: Random): Readonly<Record<string, Update>> => {
  const of = (value: number): Update => ({ delta: withOne(value, random), samples: random.integer(1, 500) })
  const counted = (samples: number): Update => ({ ...sound(random), samples })
  return {
    'a NaN': of(Number.NaN),
    'an infinity': of(random.integer(0, 1) === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY),
    'a value of 1e38': of(random.integer(0, 1) === 0 ? 1e38 : -1e38),
    'a denormal value': of(2 ** -140),
    'a value too many': { delta: new Float32Array(dimension + 1).fill(1), samples: 1 },
    'a count of a billion': counted(1e9 + random.integer(0, 1_000)),
    'a count beyond 2^53': counted(2 ** 60),
    'a negative count': counted(-random.integer(1, 1_000)),
    'no samples': counted(0),
    'a fraction of a sample': counted(random.integer(1, 100) + 0.5),
  }
}

type Round = { readonly driver: Driver; readonly jobId: string; readonly round: number }

const submit = ({ driver, jobId, round }: Round, client: string, updateId: string, { delta, samples }: Update) =>
  driver.learning.submitUpdate({ jobId, round, client, updateId, samples, delta: encode(delta) })

/** What a member poisons before, between and after the honest updates; when the first was refused, null if none was. */
async function poison(at: Round, liar: string, { check, clock, hostile, random }: Attacked): Promise<number | null> {
  let detectedAtMs: number | null = null
  for (const [what, update] of Object.entries(poisoned(random))) {
    const answer = hostile(await submit(at, liar, `${liar}-${random.integer(0, 0x7fff_ffff)}`, update))
    if (!answer.ok) continue
    const { accepted, reason } = answer.value
    check(`refused: an update with ${what}`, !accepted && reason !== '', accepted ? 'accepted' : 'no reason', {
      noise: false,
    })
    if (!accepted) detectedAtMs ??= clock.nowMs()
  }
  return detectedAtMs
}

async function attack({ target, observe }: Scenario<Needs>, attacked: Attacked): Promise<Attack> {
  const { mesh, check, clock, hostile, random } = attacked
  const { learning } = target
  const driver = { learning, clock, observe }
  const terms = { task: 'external', dimension, clients: 20, goal: honest, minimum: honest, roundTimeoutMs } as const
  const { jobId } = expectOk('createJob', await learning.createJob(terms))
  const before = await fetchModel(driver, jobId)
  const { round } = expectOk('startRound', await learning.startRound({ jobId }))
  const at = { driver, jobId, round }
  const { id: liar } = await joinMember(attacked)
  const injectedAtMs = clock.nowMs()
  const detectedAtMs = await poison(at, liar, attacked)
  const used: Update[] = []
  for (let client = 0; client < honest; client += 1) {
    const update = sound(random)
    const name = `honest-${client}`
    const { accepted, reason } = expectOk('submitUpdate', await submit(at, name, `${name}-${round}`, update))
    check('an honest update is accepted beside poisoned ones', accepted, reason)
    used.push(update)
    if (client === honest - 1) break
    const again = hostile(await submit(at, name, `${name}-again`, sound(random)))
    const isRefused = !(again.ok && again.value.accepted)
    check('refused: a second update in the name of an honest client', isRefused, 'accepted', { noise: false })
    await poison(at, liar, attacked)
  }
  const closed = await roundWhen(driver, { jobId, round, withinMs: roundTimeoutMs }, isClosed)
  check('the round goes on and is aggregated', closed.state === 'aggregated', closed.state)
  const after = await fetchModel(driver, jobId)
  const right = encode(exactMean(before.weights, used))
  check(
    'the model is the mean of the honest updates, bit for bit',
    after.base64 === right,
    `${after.weights.join(' ')}`,
  )
  const sent = honest * Object.keys(poisoned(random)).length + honest - 1
  const refused = Object.values(closed.updatesRefused).reduce((sum, count) => sum + count, 0)
  check('every poisoned update is counted as refused', refused === sent, `${refused} of ${sent}`)
  expectOk('leaveMesh', await mesh.leaveMesh({ peerId: liar }))
  return { injectedAtMs, detectedAtMs }
}

// A member of the mesh sends what no round may use, between the honest updates of a round: values that are none, counts that
// would outweigh everybody, a second voice for others. What is left of the round is the honest mean, bit for bit.
requirement('CHAOS-BYZ-7', ['mesh', 'learning'], (scenario) =>
  repeatAttack(scenario, { name: 'poisoned updates', attack: (attacked) => attack(scenario, attacked) }),
)
