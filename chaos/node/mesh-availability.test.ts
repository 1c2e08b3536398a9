import { sla } from '../../sla.config.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { scheduleLagPremise } from '../../suites/evidence/open-model.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { probeMesh } from '../../suites/mesh/availability-probe.ts'
import { crash } from '../faults/crash.ts'
import { outageBudgetS } from '../outage-budget.ts'
import { repeatFault } from '../repeats.ts'
import { requirement } from '../requirement.ts'

const peers = 16
const { perS, withinMs } = sla.mesh.probe
/** Fewest probes for the promise when none fails; a compressed run can only find a mesh that fails often. */
const probes = { full: sla.premises.samples.p9999, compressed: 2 * perS } as const

/** The same pen, which also keeps every recovery time that it writes. */
function keepingRecoveries(observe: Observe): { readonly observe: Observe; readonly recoveries: (number | null)[] } {
  const recoveries: (number | null)[] = []
  const measure: Observe['measure'] = (name, unit, value, ...exactly) => {
    if (name === 'recovery') recoveries.push(value)
    observe.measure(name, unit, value, ...exactly)
  }
  return { observe: { ...observe, measure }, recoveries }
}

// Availability has two parts. Probes show the mesh up while nothing happens to it. What faults cost in 30 days is a
// budget: the declared number of faults times the upper bound of one recovery, which is the promised limit (few runs
// bound no tail) unless a run of this very scenario took longer.
requirement('SLA-MESH-UP', ['mesh', 'control'], async (scenario) => {
  const { target, observe, scope, scale, random, log } = scenario
  const { mesh, clock } = target
  expectOk('formMesh', await mesh.formMesh({ nodes: sla.chaos.nodes }))
  const name = `probe-${random.stream('peers').integer(0, 0x7fff_ffff).toString(36)}`
  const sends = await probeMesh({ mesh, clock, peers, name, ratePerS: perS, count: probes[scope] * scale })
  const trouble = sends.flatMap(({ value, endedAtMs, scheduledAtMs }) => {
    if (value !== null) return [value.why]
    const tookMs = endedAtMs - scheduledAtMs
    return tookMs > withinMs ? [`used after ${tookMs.toFixed(0)} ms`] : []
  })
  const good = sends.length - trouble.length
  observe.proportion('mesh-availability', good, sends.length)
  // An overload may refuse one now and then, within the promise; to call a genuine signature wrong is an error each time.
  const disowned = sends.filter(({ value }) => value?.status === 403).length
  observe.check(
    'no genuine beacon is refused as one that is not',
    disowned === 0,
    `${disowned} of ${sends.length} probes answered 403`,
  )
  observe.premise(scheduleLagPremise(sends, withinMs))

  const kept = keepingRecoveries(observe)
  await repeatFault(
    { ...scenario, observe: kept.observe },
    {
      id: 'CHAOS-NODE-1',
      kind: crash,
      draw: crash.draw(sla.chaos.rows['CHAOS-NODE-1'].fault.crashed),
    },
  )
  observe.measure('mesh-outage-budget', 's', outageBudgetS(kept.recoveries, sla.chaos.recoveryS))
  log(
    `${good} of ${sends.length} probes good, first other: ${trouble[0] ?? 'none'}; recoveries ${kept.recoveries.join(', ')} s`,
  )
})
