import { sla } from '../../sla.config.ts'
import { chainVerifies } from '../../suites/identity/issued-svid.ts'
import { finishEarlier, rollOver } from '../../suites/identity/roll-overs.ts'
import type { HeldLease } from '../lease.ts'
import { requirement } from '../requirement.ts'
import { pause, repeatOutage, type Outage } from './outages.ts'

const { durationS } = sla.chaos.rows['CHAOS-CRYPTO-5'].fault

/** Shorter than what is left of any SVID: nobody loses an identity over it. */
async function away(outage: Outage, lease: HeldLease): Promise<void> {
  const { scenario, random } = outage
  const { target } = scenario
  const endMs = target.clock.nowMs() + 1_000 * durationS - random.integer(0, 500)
  while (target.clock.nowMs() < endMs) await pause(outage, lease)
}

// The authority is away while renewals fall due, comes back, and its CA is rolled over at once: those who lived through the
// outage with their streams open are told of each step, and nobody holds what another does not trust.
requirement('CHAOS-CRYPTO-5', ['mesh', 'identity', 'control'], (scenario) =>
  repeatOutage(scenario, {
    id: 'CHAOS-CRYPTO-5',
    outlastsSvids: false,
    during: away,
    after: async (outage) => {
      const { holders, authority } = outage
      await finishEarlier(outage.scenario.target.identity, authority)
      await rollOver(outage.scenario, { authority, streams: holders.map(({ stream }) => stream), foreign: null })
    },
    regained: ({ scenario: { observe } }, { before, now }) => {
      const isNew = chainVerifies(now) && !chainVerifies(now, before.bundle)
      observe.check('the identity is of the new CA alone', isNew, now.spiffeId)
    },
  }),
)
