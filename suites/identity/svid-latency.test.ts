import { sla } from '../../sla.config.ts'
import { expectOk, type Outcome } from '../contract/outcome.ts'
import { openModel, scheduleLagPremise } from '../evidence/open-model.ts'
import { requirement } from '../requirement.ts'
import { keyMatches, leafOf } from './issued-svid.ts'

const ratePerS = 60
/** 368 samples without a miss show p99 at 97.5 % confidence (0.99^368 < 0.025); a few more leave room for none lost. */
const compressedCount = 400
const fullSeconds = 60
/** Requests go round over this many workloads, each with its own Workload API endpoint. */
const workloads = 16

/** A usable identity: it parses, it is the asked-for workload's, and its key is at hand. */
function usable(outcome: Outcome<readonly Parameters<typeof keyMatches>[0][]>, spiffeId: string): boolean {
  if (!outcome.ok) return false
  const svid = outcome.value.find((candidate) => candidate.spiffeId === spiffeId)
  if (svid === undefined) return false
  const names = leafOf(svid).subjectAltName?.split(', ') ?? []
  return names.includes(`URI:${spiffeId}`) && keyMatches(svid)
}

requirement('SLA-SVID-LATENCY', ['identity'], async ({ target, observe, scope, scale, random, log }) => {
  const { identity, clock } = target
  const { limit } = sla.objectives['svid-latency']
  const run = random.stream('workloads').integer(0, 0x7fff_ffff).toString(36)
  const registered: { spiffeId: string; endpoint: string }[] = []
  for (let index = 0; index < workloads; index += 1) {
    const path = `/suite/${run}/latency-${index}`
    registered.push(expectOk('registerWorkload', await identity.registerWorkload({ path })))
  }
  // The first call on a channel opens its connection; a workload keeps it for the next rotation.
  const first = await Promise.all(registered.map(({ endpoint }) => identity.fetchX509Svid({ endpoint })))
  for (const outcome of first) expectOk('fetchX509Svid', outcome)

  const count = scope === 'full' ? fullSeconds * ratePerS * scale : compressedCount * scale
  const sends = await openModel({
    clock,
    ratePerS,
    count,
    send: async (index) => {
      const workload = registered[index % workloads]
      if (workload === undefined) throw new Error('No workload was registered.')
      const outcome = await identity.fetchX509Svid({ endpoint: workload.endpoint })
      return { outcome, usable: usable(outcome, workload.spiffeId), spiffeId: workload.spiffeId }
    },
  })
  for (const { scheduledAtMs, endedAtMs, value } of sends) {
    const tookMs = endedAtMs - scheduledAtMs
    // A request without a usable identity is a latency over the limit, not a missing one.
    observe.duration('svid-latency', value.usable ? tookMs : Math.max(tookMs, 10 * limit))
    if (!value.outcome.ok) observe.failure(value.outcome.definite)
    else observe.check('an issued SVID is usable', value.usable, `${value.spiffeId}: not its SAN or not its key`)
  }
  observe.premise(scheduleLagPremise(sends, limit))
  log(`${sends.length} SVIDs asked for at ${ratePerS}/s`)
})
