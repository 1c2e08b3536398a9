import { sla } from '../../sla.config.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import type { X509Svid } from '../../suites/contract/identity.ts'
import { chainVerifies, keyMatches, leafOf, validityOf } from '../../suites/identity/issued-svid.ts'
import { newest } from '../../suites/identity/roll-overs.ts'
import type { HeldLease } from '../lease.ts'
import { requirement } from '../requirement.ts'
import { pause, repeatOutage, type Holder, type Outage } from './outages.ts'

/** Certificates count whole seconds, and so may the target's clock. */
const { clockErrorS } = sla.identity.jwt

/** What the target's own validator makes of an SVID now. */
async function isAccepted({ scenario }: Outage, svid: X509Svid): Promise<boolean> {
  const request = { chain: [...svid.chain], bundle: [...svid.bundle], trustDomain: new URL(svid.spiffeId).hostname }
  return expectOk('validateSvid', await scenario.target.identity.validateSvid(request)).accepted
}

/** What a workload holds once its SVID has ended: nothing that anybody takes for an identity, nor does it get anything such. */
async function lost(outage: Outage, { endpoint, stream, spiffeId }: Holder): Promise<void> {
  const { observe, target } = outage.scenario
  const held = newest(stream)
  if (held === undefined) throw new Error(`${spiffeId} held no SVID when its authority went away.`)
  const nowS = outage.toUnixS(target.clock.nowMs())
  const seen = `${spiffeId}: until ${validityOf(held).toS}, it is ${nowS.toFixed(1)}`
  observe.check('refused: an SVID that ended while nobody could renew it', !(await isAccepted(outage, held)), seen)
  const answer = await target.identity.fetchX509Svid({ endpoint })
  const stale = answer.ok ? answer.value.filter((svid) => validityOf(svid).toS <= nowS - clockErrorS) : []
  observe.check('nobody is handed an SVID that has ended', stale.length === 0, `${spiffeId}: ${stale.length}`)
}

/** Until the last SVID has ended, and a little longer. */
async function untilAllHaveEnded(outage: Outage, lease: HeldLease): Promise<void> {
  const { scenario, holders, random, toUnixS } = outage
  const { observe, target } = scenario
  for (const { stream, spiffeId } of holders) {
    const held = newest(stream)
    if (held === undefined || validityOf(held).toS - toUnixS(target.clock.nowMs()) <= clockErrorS) continue
    observe.check('accepted until its end: an SVID without renewal', await isAccepted(outage, held), spiffeId)
  }
  const endS = Math.max(...holders.map(({ stream }) => newest(stream)).map((svid) => (svid ? validityOf(svid).toS : 0)))
  const untilS = endS + clockErrorS + random.integer(0, 1_000) / 1_000
  while (toUnixS(target.clock.nowMs()) < untilS) await pause(outage, lease)
  for (const holder of holders) {
    await lost(outage, holder)
    await lease.renew()
  }
}

// The authority is away for longer than any SVID lives: each is good to its end and not beyond it, nobody is handed one that
// has ended, and streams that were held all the while are handed new ones once it is back, and again as those age.
requirement('CHAOS-CRYPTO-4', ['mesh', 'identity', 'control'], (scenario) =>
  repeatOutage(scenario, {
    id: 'CHAOS-CRYPTO-4',
    outlastsSvids: true,
    during: untilAllHaveEnded,
    after: async () => undefined,
    regained: ({ scenario: { observe } }, { before, now }) => {
      const isNew = !leafOf(before).publicKey.equals(leafOf(now).publicKey)
      observe.check('an identity is regained with a new key', isNew && keyMatches(now), now.spiffeId)
      observe.check('bundles of before validate SVIDs of after', chainVerifies(now, before.bundle), now.spiffeId)
    },
  }),
)
