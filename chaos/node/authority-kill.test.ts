import { sla } from '../../sla.config.ts'
import type { X509Svid } from '../../suites/contract/identity.ts'
import { withWorkloads, type Workload } from '../../suites/contract/workloads.ts'
import { openModel, scheduleLagPremise } from '../../suites/evidence/open-model.ts'
import { chainVerifies, isUsable } from '../../suites/identity/issued-svid.ts'
import { unixSeconds } from '../../suites/identity/instants.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { killOne, untilForgiven } from '../kill.ts'
import { runJournal, type Journal } from '../lease.ts'
import { outageBudgetS } from '../outage-budget.ts'
import { requirement } from '../requirement.ts'

type Needs = 'identity' | 'control'

const role = 'identity'
const workloads = 16
const { withinMs, perS } = sla.identity.probe
const { recoveryS } = sla.identity
/** As many as show 99.99 % when none fails; a gate's share shows that probes run, and that failures are seen. */
const probes = { full: Math.ceil(sla.premises.samples.p9999 / perS) * perS, compressed: 2 * perS } as const

const recoveredWithinMs = 10_000
const pollMs = 50

/** A workload that asks for its identity, and how to tell whether it is in force. */
type Asker = Workload & { readonly toUnixS: (atMs: number) => number }
type Probe = { readonly svid: X509Svid | null; readonly answeredMs: number }

/** The workload's SVID, if a usable one is handed out; what it costs to judge that is not the target's time. */
async function probe({ target }: Scenario<Needs>, { endpoint, spiffeId, toUnixS }: Asker): Promise<Probe> {
  const answer = await target.identity.fetchX509Svid({ endpoint })
  const answeredMs = target.clock.nowMs()
  if (!answer.ok || !isUsable(answer.value, spiffeId, toUnixS(answeredMs))) return { svid: null, answeredMs }
  return { svid: answer.value.find((svid) => svid.spiffeId === spiffeId) ?? null, answeredMs }
}

/** Without a fault: every probe is a workload that asks for its identity and has it in time. */
async function observeAvailability(scenario: Scenario<Needs>, registered: readonly Asker[]): Promise<void> {
  const { target, observe, scope, scale, log } = scenario
  const sends = await openModel({
    clock: target.clock,
    ratePerS: perS,
    count: probes[scope] * scale,
    send: async (index) => {
      const workload = registered[index % registered.length]
      if (workload === undefined) throw new Error('No workload was registered.')
      return probe(scenario, workload)
    },
  })
  const good = sends.filter(
    ({ value, scheduledAtMs }) => value.svid !== null && value.answeredMs - scheduledAtMs <= withinMs,
  )
  observe.proportion('identity-availability', good.length, sends.length)
  observe.premise(scheduleLagPremise(sends, withinMs))
  log(`${good.length} of ${sends.length} probes had their identity within ${withinMs} ms`)
}

/** Polls until every workload has an identity again, and for how long they keep it; ms since `fromMs`, null if it never came to that. */
async function recovery(
  scenario: Scenario<Needs>,
  registered: readonly Asker[],
  fromMs: number,
): Promise<number | null> {
  const { clock } = scenario.target
  const heldMs = sla.chaos.steadyHeldS * 1_000
  let steadyFromMs: number | null = null
  for (;;) {
    const askedAtMs = clock.nowMs()
    const answers = await Promise.all(registered.map((workload) => probe(scenario, workload)))
    const isSteady = answers.every(({ svid }) => svid !== null)
    // Steady from the answer on: what was asked for before may have waited for the restart.
    steadyFromMs = isSteady ? (steadyFromMs ?? clock.nowMs()) : null
    if (steadyFromMs !== null && askedAtMs - steadyFromMs >= heldMs) return steadyFromMs - fromMs
    if (steadyFromMs === null && askedAtMs - fromMs > recoveredWithinMs) return null
    await clock.sleep(pollMs)
  }
}

/** One crash of the authority: how long workloads could not get an identity, and whether it is still the same authority. */
async function crash(
  scenario: Scenario<Needs>,
  registered: readonly Asker[],
  journal: Journal,
): Promise<number | null> {
  const { observe } = scenario
  await untilForgiven(scenario, role)
  const before = await Promise.all(registered.map((workload) => probe(scenario, workload)))
  const { value } = await killOne(scenario, {
    role,
    journal,
    run: (killedAtMs) => recovery(scenario, registered, killedAtMs),
  })
  const isBack = value !== null
  observe.check('workloads get their identities back after a crash', isBack, `not within ${recoveredWithinMs} ms`)
  if (!isBack) return null
  for (const [index, workload] of registered.entries()) {
    const old = before[index]?.svid ?? null
    const { svid: fresh } = await probe(scenario, workload)
    const isSame = old !== null && fresh !== null && chainVerifies(fresh, old.bundle)
    observe.check('bundles of before validate SVIDs of after', isSame, workload.spiffeId, {
      noise: old === null || fresh === null,
    })
  }
  return value / 1_000
}

// Availability without faults is counted by probes. Faults are in the budget: the declared number of them in 30 days, each
// as long as the declared limit of a recovery, or as one seen here that took longer: from the kill of the authority to
// identities that are held for 5 s.
requirement('SLA-SPIFFE-UP', ['identity', 'control'], async (scenario) => {
  const { target, observe, random, repeats, scale, log } = scenario
  const journal = runJournal()
  try {
    await withWorkloads({ identity: target.identity, random }, async ({ register }) => {
      const toUnixS = await unixSeconds(target.identity, target.clock)
      const registered = await Promise.all(
        Array.from({ length: workloads }, async (_, index) => ({ ...(await register(`probe-${index}`)), toUnixS })),
      )
      for (const workload of registered) await probe(scenario, workload)
      await observeAvailability(scenario, registered)
      const recoveries: (number | null)[] = []
      for (let done = 0; done < repeats * scale; done += 1) {
        recoveries.push(await crash(scenario, registered, journal))
        observe.measure('identity-recovery', 's', recoveries.at(-1) ?? null)
        if (recoveries.includes(null)) break
      }
      observe.measure('identity-outage-budget', 's', outageBudgetS(recoveries, recoveryS))
      log(`${recoveries.length} crashes, recoveries ${recoveries.join(', ')} s`)
    })
  } finally {
    journal.close()
  }
})
