/** A roll-over of a CA as workloads see it that hold their streams open. */
import { sla } from '../../sla.config.ts'
import type { AuthorityKind, HeldStream, IdentityPlane, RollStep, SvidMessage, X509Svid } from '../contract/identity.ts'
import { expectOk } from '../contract/outcome.ts'
import type { Scenario } from '../requirement.ts'
import { chainVerifies } from './issued-svid.ts'
import { eventually, unixSeconds } from './instants.ts'

type Needs = 'identity'
type Stream = HeldStream<SvidMessage>

const only = (message: SvidMessage | undefined): X509Svid | undefined => message?.svids[0]
/** What a workload of one identity holds now. */
export const newest = (stream: Stream): X509Svid | undefined => only(stream.messages().at(-1))

/** Finishes a roll-over that an earlier attempt left half done; refusals say that there was none. */
export async function finishEarlier(identity: IdentityPlane, authority: AuthorityKind): Promise<void> {
  for (const step of ['activate', 'retire'] as const) await identity.rollAuthority({ step, authority })
}

type Holders = {
  readonly authority: AuthorityKind
  readonly streams: readonly Stream[]
  /** Of a workload of another trust domain; null where the target has only one. */
  readonly foreign: Stream | null
}

/** Takes one step and waits until every held stream shows it; answers the bundle that is in force then. */
async function take(
  { target, observe }: Scenario<Needs>,
  step: RollStep,
  {
    streams,
    authority,
    signers,
  }: Pick<Holders, 'streams' | 'authority'> & { readonly signers: readonly string[] | null },
): Promise<readonly string[]> {
  const { identity, clock } = target
  // Virtual time stands still unless somebody waits: each step gets an instant of its own.
  await clock.sleep(1)
  const { bundle } = expectOk(`rollAuthority ${step}`, await identity.rollAuthority({ step, authority }))
  const shows = (stream: Stream): boolean => {
    const svid = newest(stream)
    if (svid === undefined) return false
    const isSame = svid.bundle.length === bundle.length && bundle.every((root) => svid.bundle.includes(root))
    return isSame && (signers === null || chainVerifies(svid, signers))
  }
  await eventually(clock, sla.identity.noticeMs, () => streams.every(shows))
  const late = streams.filter((stream) => !shows(stream)).length
  observe.check(
    `every workload learns of ${step}`,
    late === 0,
    `${late} of ${streams.length} hold a stale bundle or SVID`,
  )
  return bundle
}

/** At each arrival of a message, what every workload holds then is validated with what every other one trusts then. */
function observeMutualTrust({ observe }: Scenario<Needs>, streams: readonly Stream[]): number {
  const arrivals = streams
    .flatMap((stream, holder) => stream.messages().map((message) => ({ holder, message })))
    .toSorted((a, b) => a.message.atMs - b.message.atMs)
  const current = new Map<number, X509Svid>()
  for (const { holder, message } of arrivals) {
    const svid = only(message)
    if (svid === undefined) continue
    current.set(holder, svid)
    if (current.size < streams.length) continue
    for (const [other, { bundle }] of current) {
      if (other === holder) continue
      observe.check('a new SVID is trusted by every other workload', chainVerifies(svid, bundle), svid.spiffeId)
      const [theirs] = [current.get(other)]
      const isTrusted = theirs !== undefined && chainVerifies(theirs, svid.bundle)
      observe.check('a new bundle trusts every SVID in use', isTrusted, `${svid.spiffeId} no longer trusts another`)
    }
  }
  return arrivals.length
}

/** What the target's own validator makes of an SVID at an instant between the old authority's and the new one's rule. */
async function observeValidator(
  { target, observe }: Scenario<Needs>,
  ask: {
    readonly name: string
    readonly svid: X509Svid
    readonly bundle: readonly string[]
    readonly expected: boolean
  },
): Promise<void> {
  const { identity, clock } = target
  const trustDomain = new URL(ask.svid.spiffeId).hostname
  const atS = (await unixSeconds(identity, clock))(clock.nowMs())
  const request = { chain: [...ask.svid.chain], bundle: [...ask.bundle], trustDomain, atS }
  const { accepted, reason } = expectOk('validateSvid', await identity.validateSvid(request))
  observe.check(ask.name, accepted === ask.expected, reason)
}

/** A workload of another trust domain is told the bundle by which it can validate this one's SVIDs. */
async function observeFederation({ target, observe }: Scenario<Needs>, foreign: Stream, svid: X509Svid): Promise<void> {
  const domain = `spiffe://${new URL(svid.spiffeId).hostname}`
  const bundleOf = (): readonly string[] => foreign.messages().at(-1)?.federated[domain] ?? []
  const validates = (): boolean => chainVerifies(svid, bundleOf())
  await eventually(target.clock, sla.identity.noticeMs, validates)
  const seen = `${bundleOf().length} certificates of ${domain}`
  observe.check('a federated bundle validates the SVIDs of its domain', validates(), seen)
}

/** A roll-over of one authority in its three steps, under workloads that hold their streams open. */
export async function rollOver(scenario: Scenario<Needs>, { authority, streams, foreign }: Holders): Promise<void> {
  const { observe, log } = scenario
  const held = (): X509Svid => {
    const svid = streams[0] === undefined ? undefined : newest(streams[0])
    if (svid === undefined) throw new Error('The first workload holds no SVID.')
    return svid
  }
  const old = held()
  const published = await take(scenario, 'prepare', { streams, authority, signers: null })
  const added = published.filter((root) => !old.bundle.includes(root))
  const isBoth = added.length > 0 && old.bundle.every((root) => published.includes(root))
  observe.check(
    'old and new authority are published together',
    isBoth,
    `${added.length} of ${published.length} are new`,
  )
  if (foreign !== null) await observeFederation(scenario, foreign, old)
  const active = await take(scenario, 'activate', { streams, authority, signers: added })
  const accepted = { name: 'an SVID of the old authority holds until it retires', svid: old, bundle: active }
  await observeValidator(scenario, { ...accepted, expected: true })
  if (foreign !== null) await observeFederation(scenario, foreign, held())
  const retired = await take(scenario, 'retire', { streams, authority, signers: added })
  const refused = { name: 'an SVID of the retired authority is refused', svid: old, bundle: retired }
  await observeValidator(scenario, { ...refused, expected: false })
  const fresh = { name: 'an SVID of the new authority is accepted', svid: held(), bundle: retired }
  await observeValidator(scenario, { ...fresh, expected: true })
  const arrivals = observeMutualTrust(scenario, streams)
  for (const stream of streams) {
    observe.check('a stream survives a roll-over', stream.ended() === null, `ended with ${stream.ended()?.code}`)
  }
  log(`${authority}: ${arrivals} messages to ${streams.length} workloads over a roll-over`)
}
