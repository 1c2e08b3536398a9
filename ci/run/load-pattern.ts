/** The surroundings of a load: the mesh that it meets, and faults by the pattern of its shape while it runs. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sla, type LoadShape } from '../../sla.config.ts'
import { controlPlaneDriver } from '../../chaos/drivers/control-plane.ts'
import { proveSilence, trafficBefore } from '../../chaos/effect.ts'
import { crash } from '../../chaos/faults/crash.ts'
import { fileJournal, underLease, type HeldLease } from '../../chaos/lease.ts'
import { faultOf } from '../../suites/contract/control.ts'
import { expectOk } from '../../suites/contract/outcome.ts'
import { randomFrom } from '../../suites/contract/random.ts'
import type { Target } from '../../suites/contract/target.ts'
import type { Observe } from '../../suites/evidence/recorder.ts'
import { seedOf, type RowAttempt } from './row-recorder.ts'

type Mesh = NonNullable<Target['mesh']>

/**
 * How long a look at the offered beacons takes, and how far they may be off. In windows of 5 s an idle
 * mesh of 100 nodes was off by 0.03 % at most; the two readings of this one add an answer's time each.
 */
const intensityMs = 2_000
const intensityTolerance = 0.02
/** Longer than any step of a pattern waits between two renewals. */
const leaseMs = 3_000
const pollMs = 100
const returnMs = 5_000

/** Forms the mesh that the shape asks for; its size and the beacons that it offers are checked, not believed. */
export async function formMeshFor({ mesh: wanted }: LoadShape, target: Target, observe: Observe): Promise<void> {
  const { mesh, clock } = target
  if (wanted === undefined) return
  if (mesh === undefined) throw new Error('The load needs a mesh of its own, and the target declares no mesh plane.')
  expectOk('formMesh', await mesh.formMesh(wanted))
  const { nodes, beaconsPerNodeS } = expectOk('meshStatus', await mesh.meshStatus({}))
  const up = expectOk('meshNodes', await mesh.meshNodes({})).filter(({ state }) => state === 'up').length
  const spawned = nodes === wanted.nodes && up === wanted.nodes
  observe.check('the mesh has the nodes asked for', spawned, `${nodes} stated, ${up} up, ${wanted.nodes} wanted`)
  const offered = async () => expectOk('meshWork', await mesh.meshWork({})).beaconsOffered
  const [from, fromMs] = [await offered(), clock.nowMs()]
  await clock.sleep(intensityMs)
  const perSecond = ((await offered()) - from) / ((clock.nowMs() - fromMs) / 1_000)
  const stated = wanted.nodes * beaconsPerNodeS
  const promised = wanted.nodes * sla.mesh.beaconsPerNodeS
  const near = Math.abs(perSecond - stated) <= intensityTolerance * stated
  observe.check('beacons are offered at the stated intensity', near, `${Math.round(perSecond)} of ${stated} a second`)
  // A target that states little and does it would be near as well.
  const enough = perSecond >= (1 - intensityTolerance) * promised
  observe.check(
    "beacons are offered at the load's intensity",
    enough,
    `${Math.round(perSecond)} of ${promised} a second`,
  )
  observe.count('beacons offered in a second', '1', perSecond, 1)
}

type Pattern = {
  readonly shape: LoadShape
  readonly seconds: number
  /** Host ms at which the load starts; null: now. */
  readonly startAtMs: number | null
  readonly target: Target
  readonly observe: Observe
  readonly attempt: RowAttempt
}

/** Injects the faults of the pattern, each under a lease, proven to have taken effect and to be gone. */
export async function failByPattern(pattern: Pattern): Promise<void> {
  const { shape, seconds, startAtMs, target, observe, attempt } = pattern
  const { mesh, control, clock } = target
  if (shape.failures === undefined) return
  if (mesh === undefined || control === undefined)
    throw new Error('The load has a pattern of failures: the target must declare mesh and control for them.')
  const startMs = startAtMs ?? clock.nowMs()
  const random = randomFrom(seedOf(attempt)).stream('failures')
  const journal = fileJournal(join(attempt.runDirectory, 'faults.ndjson'))
  const driver = controlPlaneDriver('process', { ...target, control })
  try {
    for (const { share, from, until } of shape.failures) {
      const names = expectOk('meshNodes', await mesh.meshNodes({})).map(({ id }) => id)
      const scope = crash.draw(Math.max(1, Math.round(share * names.length)))(names.sort(), random)
      const hits = crash.hits(scope)
      const untilMs = startMs + until * seconds * 1_000
      await delay(Math.max(0, startMs + from * seconds * 1_000 - clock.nowMs()))
      const before = await trafficBefore(mesh, clock, hits)
      const { record } = await underLease({
        driver,
        clock,
        journal,
        order: { fault: crash.name, strike: faultOf(crash.primitive, scope), leaseMs },
        prove: (lease) =>
          proveSilence({ mesh, clock, hits, before, appliedAtMs: lease.applied.atMs, renew: lease.renew }),
        run: (lease) => holdUntil(lease, untilMs, clock),
        proveUndone: () => stillDown(mesh, crash.downs(scope)),
      })
      observe.fault({ ...record, scope: { ...record.scope }, residue: [...record.residue] })
    }
  } finally {
    journal.close()
  }
}

async function holdUntil(lease: HeldLease, untilMs: number, clock: Target['clock']): Promise<void> {
  while (clock.nowMs() < untilMs) {
    await lease.renew()
    await delay(Math.min(pollMs, Math.max(1, untilMs - clock.nowMs())))
  }
}

async function stillDown(mesh: Mesh, victims: readonly string[]): Promise<readonly string[]> {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const nodes = expectOk('meshNodes', await mesh.meshNodes({}))
    const down = victims.filter((id) => nodes.find((node) => node.id === id)?.state !== 'up')
    if (down.length === 0 || waitedMs > returnMs) return down.map((id) => `${id} is still down`)
    await delay(pollMs)
  }
}
