import { sla } from '../../sla.config.ts'
import type { X509Svid } from '../../suites/contract/identity.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import { chainVerifies } from '../../suites/identity/issued-svid.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { measureTimed, timedText } from '../awaited.ts'
import { lyingStorage, nameOf } from '../faults/lying-storage.ts'
import { untilForgiven } from '../kill.ts'
import { recordLaid } from '../laid-fault.ts'
import { requirement } from '../requirement.ts'
import { steadyPollMs } from '../steady.ts'
import { lieToAuthority, register, wholeAgain, type Needs, type Registering } from './authority-course.ts'
import { everyLie, type Drawn } from './every-lie.ts'

const { role, before, under } = sla.chaos.rows['CHAOS-STORE-1-b'].fault
const withinMs = sla.chaos.recoveryS * 1_000

/** Takes every registration back: what answers that there was none has lost it. */
async function readBack({ scenario }: Registering, spiffeIds: readonly string[]): Promise<void> {
  for (const spiffeId of spiffeIds) {
    const { removed } = expectOk('removeWorkload', await scenario.target.identity.removeWorkload({ spiffeId }))
    scenario.observe.history('storage-believed', { type: 'read', id: spiffeId, found: removed })
  }
}

/** An SVID of after, as soon as the connection is made anew; undefined where that takes longer than a recovery may. */
async function svidAgain({ scenario }: Registering, endpoint: string): Promise<X509Svid | undefined> {
  const { identity, clock } = scenario.target
  const deadlineMs = clock.nowMs() + withinMs
  for (;;) {
    const answer = await identity.fetchX509Svid({ endpoint })
    if (answer.ok) return answer.value[0]
    if (clock.nowMs() > deadlineMs) return undefined
    await clock.sleep(steadyPollMs)
  }
}

/** One lie. Answers whether its effect was proven and everybody came back from it. */
async function oneLie(scenario: Scenario<Needs>, { kind, random, journal, world }: Drawn): Promise<boolean> {
  const { target, observe, log, seed } = scenario
  const { identity } = target
  await untilForgiven(scenario, role)
  const storage = lyingStorage.draw(kind, random, 'identity')
  // Names of the attempt: what an earlier one has left under the same name would be found.
  const attempt = randomFrom(seed).integer(0, 0x7fff_ffff).toString(36)
  const paths = Array.from(
    { length: before + under },
    (_, place) => `/storage/${attempt}/${world}/${kind.lie}-${kind.reach}/${place}`,
  )
  const { trustDomain } = expectOk('identityStatus', await identity.identityStatus({}))
  const course: Registering = { scenario, journal, storage, trustDomain }
  const endpoints: string[] = []
  for (const path of paths.slice(0, before)) {
    const { endpoint, refused } = await register(course, path)
    observe.check('a sound registration is acknowledged', refused === null, refused ?? '')
    if (endpoint !== null) endpoints.push(endpoint)
  }
  const [endpoint] = endpoints
  if (endpoint === undefined) return false
  const [old] = expectOk('fetchX509Svid', await identity.fetchX509Svid({ endpoint }))
  const { value, proof, record } = await lieToAuthority(course, paths.slice(before))
  recordLaid(observe, { proof, record }, { world })
  if (value === null) return false
  const { recovery, told } = value
  measureTimed(observe, 'recovery', recovery)
  log(`${nameOf(kind)}: answers again ${timedText(recovery)}; told: ${told.join(' | ') || 'nothing'}`)
  if (recovery === null) return false
  const lacking = await wholeAgain(course, withinMs)
  observe.check('every storage holds again what was acknowledged', lacking === null, lacking ?? '')
  const fresh = await svidAgain(course, endpoint)
  const isSame = old !== undefined && fresh !== undefined && chainVerifies(fresh, old.bundle)
  observe.check('the authority is the one of before', isSame, `${nameOf(kind)}`)
  await readBack(
    course,
    paths.map((path) => `spiffe://${trustDomain}${path}`),
  )
  return true
}

// Storage lies to the authority, in every way there is, while workloads are registered; then the authority dies, and is started
// again on what storage says. Who was acknowledged is registered, who was refused is not, each lie is told, and the authority's
// keys are the ones of before.
requirement('CHAOS-STORE-1-b', ['identity', 'control'], (given) =>
  everyLie(given, { targetOf: async () => given.target, oneLie }),
)
