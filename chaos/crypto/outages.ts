/**
 * Outages of the authority as workloads live through them: each under its lease, its effect proven, and timed from its end
 * to the first instant from which on everybody holds an identity that is in force.
 */
import { sla } from '../../sla.config.ts'
import type { AuthorityKind, HeldStream, SvidMessage, X509Svid } from '../../suites/contract/identity.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { randomFrom, type Random } from '../../suites/contract/random.ts'
import { withWorkloads, type Workload } from '../../suites/contract/workloads.ts'
import { unixSeconds } from '../../suites/identity/instants.ts'
import { validityOf } from '../../suites/identity/issued-svid.ts'
import { newest } from '../../suites/identity/roll-overs.ts'
import { readSvids, recordHeld } from '../../suites/identity/rotations.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { asking, Awaited, measureTimed, pauseMs, timed, timedText, type Timed } from '../awaited.ts'
import { processDriver } from '../drivers/process.ts'
import { simulationDriver } from '../drivers/simulation.ts'
import type { EffectProof } from '../effect.ts'
import { nodesOf } from '../extent.ts'
import { authorityOutage } from '../faults/authority-outage.ts'
import { recordLaid } from '../laid-fault.ts'
import { runJournal, underLease, type HeldLease, type Journal } from '../lease.ts'
import { calm, expectedFrom, readNodes, steadyBefore, steadyPollMs, waitSteady } from '../steady.ts'

type Needs = 'mesh' | 'identity' | 'control'
export type OutageScenario = Scenario<Needs>

/** A workload that holds its stream open. */
export type Holder = Workload & { readonly stream: HeldStream<SvidMessage> }

/** One outage, from within. */
export type Outage = {
  readonly scenario: OutageScenario
  readonly holders: readonly Holder[]
  readonly authority: AuthorityKind
  readonly random: Random
  readonly toUnixS: (atMs: number) => number
}

export type OutageRow = {
  readonly id: 'CHAOS-CRYPTO-4' | 'CHAOS-CRYPTO-5'
  /** Whether identities are lost in it, to be regained within a recovery's time from its end; otherwise nobody loses one. */
  readonly outlastsSvids: boolean
  /** While the authority is away: returns when it is to come back. */
  readonly during: (outage: Outage, lease: HeldLease) => Promise<void>
  /** Once it is back; everybody must hold an identity after it. */
  readonly after: (outage: Outage) => Promise<void>
  /** Once everybody holds one: what it was before, and what it is now. */
  readonly regained: (outage: Outage, svid: { readonly before: X509Svid; readonly now: X509Svid }) => void
}

const leaseMs = sla.chaos.leaseS * 1_000
const heldMs = sla.chaos.steadyHeldS * 1_000
const giveUpMs = 30_000
const effectWithinMs = 2_000

/** The SVID that a workload holds, if it is in force. */
export function inForce({ scenario, toUnixS }: Outage, { stream }: Holder): X509Svid | null {
  const svid = newest(stream)
  return svid !== undefined && toUnixS(scenario.target.clock.nowMs()) < validityOf(svid).toS ? svid : null
}

/** Sleeps between two looks, and keeps the outage up. */
export async function pause({ scenario }: Outage, lease: HeldLease): Promise<void> {
  await scenario.target.clock.sleep(steadyPollMs)
  await lease.renew()
}

async function prove({ scenario, holders }: Outage, { applied }: HeldLease): Promise<EffectProof> {
  const { clock, identity } = scenario.target
  const [one] = holders
  if (one === undefined) throw new Error('An outage needs a workload that shows it: name one or more in sla.config.ts.')
  const { endpoint, spiffeId } = one
  for (;;) {
    if (await authorityOutage.strikes(identity, endpoint))
      return { proven: true, provenAtMs: clock.nowMs(), seen: `${spiffeId} is not answered` }
    if (clock.nowMs() - applied.atMs > effectWithinMs)
      return { proven: false, provenAtMs: null, seen: `${spiffeId} is still answered` }
    await clock.sleep(steadyPollMs)
  }
}

/**
 * From the end of the outage until everybody holds an identity, and goes on to for 5 s; null where that never came. What
 * counts is when the last of what is held came: what the suite checked meanwhile is not the target's time.
 */
async function recovery(outage: Outage, endedAtMs: number): Promise<Timed | null> {
  const { holders, scenario } = outage
  const { clock } = scenario.target
  const lastCameAtMs = (): number =>
    Math.max(endedAtMs, ...holders.map(({ stream }) => stream.messages().at(-1)?.atMs ?? Number.POSITIVE_INFINITY))
  const steady = new Awaited(endedAtMs)
  let cameAtMs: number | null = null
  for (;;) {
    const seen = await asking(clock, async () => holders.every((holder) => inForce(outage, holder) !== null))
    const known = steady.look(seen.answer, seen)
    const nowMs = seen.answeredAtMs
    cameAtMs = known === null ? null : (cameAtMs ?? lastCameAtMs())
    if (known !== null && nowMs - known.atMs >= heldMs)
      return timed({ ...known, atMs: cameAtMs ?? known.atMs }, endedAtMs)
    if (known === null && nowMs - endedAtMs > giveUpMs) return null
    await clock.sleep(known === null ? pauseMs(clock, seen) : steadyPollMs)
  }
}

/** One outage; answers whether everybody came back from it. */
async function oneOutage(outage: Outage, row: OutageRow, journal: Journal): Promise<boolean> {
  const { scenario, holders, random, toUnixS } = outage
  const { observe, target, tier, log } = scenario
  const { clock } = target
  const { svidTtlS } = sla.chaos.rows[row.id].fault
  // It begins at any age that an SVID may reach: who renews late is caught with little left.
  await clock.sleep(random.integer(0, 1_000 * svidTtlS))
  const before = holders.map((holder) => inForce(outage, holder))
  const fromMs = clock.nowMs()
  const { value, proof, record } = await underLease({
    driver: tier === 'simulation' ? simulationDriver(target) : processDriver(target),
    clock,
    journal,
    order: { fault: authorityOutage.name, strike: { fault: authorityOutage.primitive, scope: {} }, leaseMs },
    prove: (lease) => prove(outage, lease),
    run: async (lease) => {
      await row.during(outage, lease)
      const { atMs } = await lease.end()
      await row.after(outage)
      return { recovered: await recovery(outage, atMs) }
    },
    proveUndone: async () => [],
  })
  recordLaid(observe, { proof, record }, { authority: outage.authority })
  if (value === null) return false
  const { recovered } = value
  const regainedByMs = (record.undoneAtMs ?? 0) + 1_000 * sla.chaos.recoveryS
  const excused = row.outlastsSvids ? [{ fromMs: record.injectedAtMs, toMs: regainedByMs }] : []
  const watch = { observe, watch: `${row.id} ${fromMs} ms`, toUnixS, fromMs, toMs: clock.nowMs(), excused }
  for (const { stream, spiffeId } of holders) recordHeld(watch, spiffeId, readSvids(observe, stream.messages()))
  measureTimed(observe, 'recovery', recovered)
  log(`${row.id}, ${outage.authority}: identities are back ${timedText(recovered)}`)
  for (const [index, holder] of holders.entries()) {
    const [was, now] = [before[index] ?? null, inForce(outage, holder)]
    const { stream, spiffeId } = holder
    observe.check('a held stream survives the outage', stream.ended() === null, `${spiffeId}: ${stream.ended()?.code}`)
    observe.check('a workload holds an identity before an outage', was !== null, spiffeId)
    if (was !== null && now !== null) row.regained(outage, { before: was, now })
  }
  return recovered !== null
}

/**
 * Runs and records outages as often as the plan says, by each kind of authority in turn, beside a mesh at rest. After one in
 * which a check failed there is no other: whatever it would show, the row has failed.
 */
export async function repeatOutage(given: OutageScenario, row: OutageRow): Promise<void> {
  const { repeats, scale, seed, target } = given
  let isWell = true
  const check: OutageScenario['observe']['check'] = (claim, holds, ...seen) => {
    isWell &&= holds
    given.observe.check(claim, holds, ...seen)
  }
  const observe = { ...given.observe, check }
  const scenario = { ...given, observe }
  const { mesh, clock, identity } = target
  expectOk('formMesh', await mesh.formMesh({ nodes: nodesOf(scenario, row.id)(0) }))
  const watched = { mesh, clock, expected: expectedFrom(await readNodes(mesh)) }
  if (!(await steadyBefore(observe, watched))) return
  const { authorities } = expectOk('identityStatus', await identity.identityStatus({}))
  const { svidTtlS, workloads } = sla.chaos.rows[row.id].fault
  const journal = runJournal()
  try {
    for (let index = 0, isBack = true; index < repeats * scale && isBack && isWell; index += 1) {
      const random = randomFrom(`${seed}/outage-${index}`)
      const authority = authorities[index % authorities.length]
      if (authority === undefined) throw new Error('identityStatus() names no authority: it must name one.')
      isBack = await withWorkloads({ identity, random }, async ({ register, hold }) => {
        const names = Array.from({ length: workloads }, (_, place) => `holder-${place}`)
        const registered = await Promise.all(names.map((name) => register(name, { svidTtlS, authority })))
        const holders = await Promise.all(
          registered.map(async (workload) => ({ ...workload, stream: await hold(workload.endpoint) })),
        )
        const toUnixS = await unixSeconds(identity, clock)
        return oneOutage({ scenario, holders, authority, random, toUnixS }, row, journal)
      })
    }
  } finally {
    journal.close()
  }
  const after = await waitSteady({ ...watched, ...calm })
  observe.check('no outage of the authority shows in the mesh', after === null, after ?? '')
}
