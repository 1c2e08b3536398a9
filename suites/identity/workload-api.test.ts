import { realpathSync } from 'node:fs'
import { sla } from '../../sla.config.ts'
import { workloadMethods, type SvidMessage, type WorkloadMethod } from '../contract/identity.ts'
import { expectOk } from '../contract/outcome.ts'
import { withWorkloads, type Workloads } from '../contract/workloads.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { leafOf } from './issued-svid.ts'
import { eventually } from './instants.ts'

type Needs = 'identity'

/** Profiles that a server need not offer: it answers UNIMPLEMENTED for them, whoever asks. */
const optional: readonly WorkloadMethod[] = workloadMethods.filter((name) => !name.includes('X509'))

/** The answer to every method, without the header and from nobody. */
async function observeRefusals({ target, observe }: Scenario<Needs>, { register }: Workloads): Promise<void> {
  const { identity } = target
  const { endpoint, spiffeId } = await register('refused')
  const expect = async (code: string, what: string, securityHeader: boolean): Promise<void> => {
    for (const method of workloadMethods) {
      const answer = await identity.answerOf({ endpoint, method, securityHeader })
      const holds = answer === code || (optional.includes(method) && answer === 'UNIMPLEMENTED')
      observe.check(`${method} ${what} is answered ${code}`, holds, answer)
    }
  }
  await expect('INVALID_ARGUMENT', 'without the security header', false)
  expectOk('removeWorkload', await identity.removeWorkload({ spiffeId }))
  await expect('PERMISSION_DENIED', 'without an identity', true)
}

const namesOf = (message: SvidMessage | undefined): readonly string[] =>
  (message?.svids ?? []).map(({ spiffeId }) => spiffeId).toSorted()

/** Serial number of a workload's SVID in a message. */
function serialOf(message: SvidMessage | undefined, spiffeId: string): string | null {
  const svid = message?.svids.find((candidate) => candidate.spiffeId === spiffeId)
  return svid === undefined ? null : leafOf(svid).serialNumber
}

/** What is true of this very process: everything that is registered under it is one caller's. */
const ownSelectors = (): string[] => [
  `unix:uid:${process.getuid?.() ?? 0}`,
  `unix:path:${realpathSync(process.execPath)}`,
]

const shortTtlS = 3

// One caller is two workloads, one of which renews often, and becomes a third one and nobody while its stream is open.
async function observeReplacement({ target, observe, log }: Scenario<Needs>, workloads: Workloads): Promise<void> {
  const { identity, clock } = target
  const { noticeMs } = sla.identity
  const selectors = ownSelectors()
  const long = await workloads.register('long', { selectors })
  const short = await workloads.register('short', { selectors, svidTtlS: shortTtlS })
  const stream = await workloads.hold(long.endpoint)
  const last = (): SvidMessage | undefined => stream.messages().at(-1)
  const both = [long.spiffeId, short.spiffeId].toSorted()
  await clock.sleep(shortTtlS * 1_000 * 1.4)
  const messages = stream.messages()
  observe.check('a held stream gets rotations', messages.length >= 3, `${messages.length} messages`)
  for (const [index, message] of messages.entries()) {
    const names = namesOf(message)
    const isFull = names.length === 2 && both.every((name) => names.includes(name))
    observe.check(
      'every message is a full replacement',
      isFull,
      `message ${index + 1} has ${names.join(', ') || 'none'}`,
    )
    const isKept = serialOf(message, long.spiffeId) === serialOf(messages[0], long.spiffeId)
    observe.check('what did not change is sent unchanged', isKept, `message ${index + 1} has another SVID`)
  }
  const third = await workloads.register('third', { selectors })
  await eventually(clock, noticeMs, () => namesOf(last()).includes(third.spiffeId))
  const grown = namesOf(last())
  observe.check('a new identity reaches a held stream', grown.length === 3, grown.join(', '))
  expectOk('removeWorkload', await identity.removeWorkload({ spiffeId: long.spiffeId }))
  await eventually(clock, noticeMs, () => !namesOf(last()).includes(long.spiffeId))
  const shrunk = namesOf(last())
  observe.check(
    'a withdrawn identity is redacted',
    shrunk.length === 2 && !shrunk.includes(long.spiffeId),
    shrunk.join(', '),
  )
  observe.check('a stream survives rotation', stream.ended() === null, `ended with ${stream.ended()?.code}`)
  for (const { spiffeId } of [short, third]) expectOk('removeWorkload', await identity.removeWorkload({ spiffeId }))
  await eventually(clock, noticeMs, () => stream.ended() !== null)
  const code = stream.ended()?.code ?? 'still open'
  observe.check('a caller that is nobody any more is sent away', code === 'PERMISSION_DENIED', code)
  log(`${stream.messages().length} messages on one held stream`)
}

/** The bundle stream: its first message has the workload's own trust domain in it. */
async function observeBundles({ target, observe }: Scenario<Needs>, { register }: Workloads): Promise<void> {
  const { identity } = target
  const { endpoint, spiffeId } = await register('bundles')
  const held = expectOk('holdX509Bundles', await identity.holdX509Bundles({ endpoint }))
  const [svid] = expectOk('fetchX509Svid', await identity.fetchX509Svid({ endpoint }))
  const bundle = held.messages()[0]?.bundles[`spiffe://${new URL(spiffeId).hostname}`] ?? []
  const isSame = bundle.length > 0 && bundle.every((root) => svid?.bundle.includes(root) === true)
  observe.check("the bundle stream has the caller's own bundle", isSame, `${bundle.length} certificates`)
  held.close()
}

requirement('ID-WORKLOAD-API', ['identity'], (scenario) =>
  withWorkloads({ identity: scenario.target.identity, random: scenario.random }, async (workloads) => {
    await observeRefusals(scenario, workloads)
    await observeBundles(scenario, workloads)
    await observeReplacement(scenario, workloads)
  }),
)
