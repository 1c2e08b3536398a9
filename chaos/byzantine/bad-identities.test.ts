import type { X509Svid } from '../../suites/contract/identity.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { Random } from '../../suites/contract/random.ts'
import { withWorkloads, type Workloads } from '../../suites/contract/workloads.ts'
import { leafOf } from '../../suites/identity/issued-svid.ts'
import { unixSeconds } from '../../suites/identity/instants.ts'
import { domain, leafSpec, nowS, present, type Presented, type Scene } from '../../suites/identity/svid-scene.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { repeatAttack, type Attack, type Attacked } from '../attacks.ts'
import { requirement } from '../requirement.ts'

type Needs = 'mesh' | 'identity'
type Request = Parameters<Scenario<Needs>['target']['identity']['validateSvid']>[0]

const lifeS = 2
const own = leafSpec.uris
const dayS = 86_400

/** Ways of each kind in which an identity is bad and in nothing else; one of each kind is drawn per attack. */
const kinds: Readonly<Record<string, (random: Random) => readonly Scene[]>> = {
  'a foreign trust domain': () => [
    { leaf: { uris: ['spiffe://other.example/ns/payments/sa/web'] } },
    { trustDomain: 'other.example' },
    { bundle: 'of a stranger' },
  ],
  expired: (random) => [{ atS: leafSpec.notAfterS + random.integer(1, dayS / 2) }],
  'not yet valid': (random) => [{ atS: leafSpec.notBeforeS - random.integer(1, dayS / 2) }],
  'wrong key usage': () => [
    { leaf: { keyUsage: ['keyEncipherment'] } },
    { leaf: { keyUsage: ['digitalSignature', 'keyCertSign'] } },
    { leaf: { keyUsage: ['digitalSignature', 'cRLSign'] } },
    { leaf: { keyUsage: null } },
    { leaf: { purposes: ['serverAuth'] } },
  ],
  'two URI SANs': () => [
    { leaf: { uris: [...own, `spiffe://${domain}/ns/payments/sa/admin`] } },
    { leaf: { uris: [`spiffe://${domain}/ns/payments/sa/admin`, ...own] } },
    { leaf: { uris: [...own, ...own] } },
  ],
  'the CA flag': () => [
    { leaf: { cA: true } },
    { leaf: { cA: true, keyUsage: ['digitalSignature', 'keyCertSign'], subject: 'suite signer' } },
  ],
}

const wire = ({ chain, bundle, ...rest }: Presented): Request => ({
  ...rest,
  chain: chain.map((der) => der.toString('base64')),
  bundle: bundle.map((der) => der.toString('base64')),
})

const asIssued = ({ chain, bundle }: X509Svid, trustDomain: string): Request => ({
  chain: [...chain],
  bundle: [...bundle],
  trustDomain,
})

type Asked = { readonly isRefused: boolean; readonly atMs: number }

/** Asks the target's validator and checks its answer. */
const asker =
  ({ target }: Scenario<Needs>, { check, clock, hostile }: Attacked) =>
  async (what: string, expected: boolean, request: Request): Promise<Asked> => {
    const answer = await target.identity.validateSvid(request)
    if (!expected && !hostile(answer).ok) return { isRefused: false, atMs: clock.nowMs() }
    const { accepted, reason } = expectOk(what, answer)
    // A good one that lives for seconds may be over before it is asked about; a bad one does not become good.
    check(`${expected ? 'accepted' : 'refused'}: ${what}`, accepted === expected, reason, { noise: expected })
    return { isRefused: !accepted, atMs: clock.nowMs() }
  }

type Ask = ReturnType<typeof asker>

/** What the target itself issued: good while it is valid, and where it is from. */
async function issued(scenario: Scenario<Needs>, { register }: Workloads, ask: Ask): Promise<void> {
  const { identity, clock } = scenario.target
  const { authorities, trustDomain } = expectOk('identityStatus', await identity.identityStatus({}))
  const first = async (name: string, order: Parameters<Workloads['register']>[1]): Promise<X509Svid> => {
    const { endpoint } = await register(name, order)
    const [svid] = expectOk('fetchX509Svid', await identity.fetchX509Svid({ endpoint }))
    if (svid === undefined) throw new Error(`fetchX509Svid answered no SVID for ${name}.`)
    return svid
  }
  const brief = await first('brief', { svidTtlS: lifeS })
  const request = asIssued(brief, trustDomain)
  await ask('an SVID that the target issued, while it is valid', true, request)
  for (const authority of authorities.slice(1)) {
    const foreign = await first('foreign', { authority })
    await ask(`an SVID of the partner's ${authority} authority, as one of the own domain`, false, {
      ...asIssued(foreign, trustDomain),
      bundle: [...brief.bundle],
    })
    const itsDomain = new URL(foreign.spiffeId).host
    await ask(`an SVID of the partner's ${authority} authority, as such`, true, asIssued(foreign, itsDomain))
  }
  const toUnixS = await unixSeconds(identity, clock)
  const endS = leafOf(brief).validToDate.getTime() / 1_000
  // Clocks are told in whole seconds: a second more makes sure.
  while (toUnixS(clock.nowMs()) < endS + 1) await clock.sleep(100)
  await ask('an SVID that the target issued, after its end', false, request)
}

/** Every kind of bad identity, each followed by a good one: a forgery must not spoil what it imitates. */
async function attack(scenario: Scenario<Needs>, workloads: Workloads, attacked: Attacked): Promise<Attack> {
  const { clock, random } = attacked
  const ask = asker(scenario, attacked)
  const injectedAtMs = clock.nowMs()
  let detectedAtMs: number | null = null
  for (const [what, draw] of Object.entries(kinds)) {
    const scenes = draw(random)
    const scene = scenes[random.integer(0, scenes.length - 1)]
    if (scene === undefined) throw new Error(`${what} has no scene.`)
    const { isRefused, atMs } = await ask(what, false, wire(present(scene)))
    if (isRefused) detectedAtMs ??= atMs
    await ask(`a good identity after one with ${what}`, true, wire(present({ atS: nowS })))
  }
  await issued(scenario, workloads, ask)
  return { injectedAtMs, detectedAtMs }
}

// Whoever shows an identity that is bad in one way only is nobody, beside good ones that stay good; so is the target's own
// SVID once it is over, by the target's own clock.
requirement('CHAOS-BYZ-5', ['mesh', 'identity'], (scenario) =>
  repeatAttack(scenario, {
    name: 'bad identities',
    attack: (attacked) =>
      withWorkloads({ identity: scenario.target.identity, random: attacked.random }, (workloads) =>
        attack(scenario, workloads, attacked),
      ),
  }),
)
