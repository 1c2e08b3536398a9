import { sla } from '../../sla.config.ts'
import { expectOk } from '../contract/outcome.ts'
import { withWorkloads } from '../contract/workloads.ts'
import { openModel, scheduleLagPremise } from '../evidence/open-model.ts'
import { requirement } from '../requirement.ts'
import { whyUnusable } from './issued-svid.ts'
import { unixSeconds } from './instants.ts'

const ratePerS = 60
/** 368 samples without a miss show p99 at 97.5 % confidence (0.99^368 < 0.025); a few more leave room for none lost. */
const compressedCount = 400
const fullSeconds = 60
/** Requests go round over this many workloads, each with its own Workload API endpoint. */
const workloads = 16

requirement('SLA-SVID-LATENCY', ['identity'], async ({ target, observe, scope, scale, random, log }) => {
  const { identity, clock } = target
  const { limit } = sla.objectives['svid-latency']
  await withWorkloads({ identity, random }, async ({ register }) => {
    const registered = await Promise.all(Array.from({ length: workloads }, (_, index) => register(`latency-${index}`)))
    // The first call on a channel opens its connection; a workload keeps it for the next rotation.
    const first = await Promise.all(registered.map(({ endpoint }) => identity.fetchX509Svid({ endpoint })))
    for (const outcome of first) expectOk('fetchX509Svid', outcome)

    const toUnixS = await unixSeconds(identity, clock)
    const sends = await openModel({
      clock,
      ratePerS,
      count: scope === 'full' ? fullSeconds * ratePerS * scale : compressedCount * scale,
      send: async (index) => {
        const workload = registered[index % workloads]
        if (workload === undefined) throw new Error('No workload was registered.')
        return { outcome: await identity.fetchX509Svid({ endpoint: workload.endpoint }), spiffeId: workload.spiffeId }
      },
    })
    // Judged when the load is over: what it costs to verify a chain is no latency of the target.
    for (const { scheduledAtMs, endedAtMs, value } of sends) {
      const { outcome, spiffeId } = value
      const tookMs = endedAtMs - scheduledAtMs
      const why = outcome.ok ? whyUnusable(outcome.value, spiffeId, toUnixS(endedAtMs)) : outcome.error
      // A request without a usable identity is a latency over the limit, not a missing one.
      observe.duration('svid-latency', why === null ? tookMs : Math.max(tookMs, 10 * limit))
      if (!outcome.ok) observe.failure(outcome.definite)
      else observe.check('an issued SVID is usable', why === null, `${spiffeId}: ${why}`)
    }
    observe.premise(scheduleLagPremise(sends, limit))
    log(`${sends.length} SVIDs asked for at ${ratePerS}/s`)
  })
})
