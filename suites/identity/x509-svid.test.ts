import type { X509Svid, IdentityPlane } from '../contract/identity.ts'
import { expectOk } from '../contract/outcome.ts'
import { withWorkloads, type Workload, type Workloads } from '../contract/workloads.ts'
import type { Observe } from '../evidence/recorder.ts'
import { requirement, type Scenario } from '../requirement.ts'
import { findingsOf, leafOf, unreadable } from './issued-svid.ts'
import { svidCases } from './svid-cases.ts'
import { present, type Presented } from './svid-scene.ts'

const wire = ({ chain, bundle, ...rest }: Presented) => ({
  ...rest,
  chain: chain.map((der) => der.toString('base64')),
  bundle: bundle.map((der) => der.toString('base64')),
})

/** The target's validator against certificates of the suite's own authority: what each rule accepts and refuses. */
async function validateCases(identity: IdentityPlane, observe: Observe): Promise<number> {
  let cases = 0
  for (const { name, expected, presented } of svidCases()) {
    const { accepted, reason } = expectOk(name, await identity.validateSvid(wire(presented)))
    observe.check(name, accepted === expected, `${accepted ? 'accepted' : 'refused'}: ${reason}`)
    cases += 1
  }
  return cases
}

async function issueOne(
  identity: IdentityPlane,
  { endpoint, spiffeId }: Workload,
): Promise<{ svid: X509Svid; registered: string }> {
  const [svid] = expectOk('fetchX509Svid', await identity.fetchX509Svid({ endpoint }))
  if (svid === undefined) throw new Error(`fetchX509Svid answered no SVID for ${spiffeId}.`)
  return { svid, registered: spiffeId }
}

/** The target accepts its own SVID while it is valid, and neither outside that time nor under another authority. */
async function selfValidation(identity: IdentityPlane, observe: Observe, svid: X509Svid): Promise<void> {
  const { trustDomain, svidTtlS } = expectOk('identityStatus', await identity.identityStatus({}))
  const leaf = leafOf(svid)
  const fromS = leaf.validFromDate.getTime() / 1_000
  const toS = leaf.validToDate.getTime() / 1_000
  const { chain, bundle } = svid
  const ask = async (what: string, expected: boolean, change: { atS?: number; bundle?: readonly string[] }) => {
    const request = { chain: [...chain], trustDomain, ...change, bundle: [...(change.bundle ?? bundle)] }
    const { accepted, reason } = expectOk('validateSvid', await identity.validateSvid(request))
    const name = `issued: ${expected ? 'accepts' : 'refuses'} ${what}`
    observe.check(name, accepted === expected, `${accepted ? 'accepted' : 'refused'}: ${reason}`)
  }
  await ask('its own SVID now', true, {})
  await ask('its own SVID after its end', false, { atS: toS + 1 })
  await ask('its own SVID before its start', false, { atS: fromS - 1 })
  await ask('its own SVID under a foreign bundle', false, { bundle: wire(present({})).bundle })
  // Five minutes allow for backdating, no more: a longer life than declared outlives every rotation plan.
  const lives = toS - fromS
  observe.check(
    'issued: an SVID lives as long as declared',
    lives <= svidTtlS + 300,
    `${lives} s, declared ${svidTtlS} s`,
  )
}

/** Two SVIDs that the target issued, held against every rule, against each other and against its own validator. */
async function observeIssued({ target, observe }: Scenario<'identity'>, { register }: Workloads): Promise<void> {
  const { identity } = target
  const one = await issueOne(identity, await register('one'))
  const two = await issueOne(identity, await register('two'))
  for (const { svid, registered } of [one, two]) {
    for (const { rule, holds, seen } of findingsOf(svid, registered)) {
      observe.check(`issued ${registered}: ${rule}`, holds, seen)
    }
  }
  // Said above, with the reason; there is nothing to compare.
  if ([one, two].some(({ svid }) => unreadable(svid) !== null)) return
  const [first, second] = [leafOf(one.svid), leafOf(two.svid)]
  const isOtherKey = !first.publicKey.equals(second.publicKey)
  observe.check(
    'issued: two SVIDs differ in key',
    isOtherKey,
    'both carry the same key: a mock, or a key that is shared',
  )
  const isOtherSerial = first.serialNumber !== second.serialNumber
  observe.check('issued: two SVIDs differ in serial', isOtherSerial, `both ${first.serialNumber}`)
  await selfValidation(identity, observe, one.svid)
}

requirement('ID-X509', ['identity'], async (scenario) => {
  const { target, observe, random, log } = scenario
  const { identity } = target
  const cases = await validateCases(identity, observe)
  await withWorkloads({ identity, random }, (workloads) => observeIssued(scenario, workloads))
  log(`${cases} validation cases, 2 issued SVIDs`)
})
