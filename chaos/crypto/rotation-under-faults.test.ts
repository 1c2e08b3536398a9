import { sla } from '../../sla.config.ts'
import type { HeldStream, SvidMessage } from '../../suites/contract/identity.ts'
import { withWorkloads, type Workloads } from '../../suites/contract/workloads.ts'
import { unixSeconds } from '../../suites/identity/instants.ts'
import { observeRotation, readSvids, recordHeld, type RotationScene } from '../../suites/identity/rotations.ts'
import type { Scenario } from '../../suites/requirement.ts'
import { bearing, lasting, nodesOf, windowFillsMs } from '../extent.ts'
import { crash } from '../faults/crash.ts'
import { loss } from '../faults/loss.ts'
import { partition } from '../faults/partition.ts'
import type { Besides } from '../recovery.ts'
import { repeatFault, type ChaosRow } from '../repeats.ts'
import { requirement } from '../requirement.ts'

type Needs = 'mesh' | 'identity' | 'control'
type Under = Pick<ChaosRow<Needs>, 'id' | 'kind' | 'draw' | 'forMs' | 'nodes' | 'calmMs'>

/** SVIDs so short-lived that each is renewed while the shortest of the faults lasts. */
const { svidTtlS, workloads } = sla.chaos.rows['CHAOS-CRYPTO-7'].fault
const { lifeShare } = sla.identity.rotation

/** The faults that rotation goes through, as in the rows of their own and with those rows' bounds, on meshes of this row's size. */
function faultsOf(scenario: Scenario<Needs>): readonly Under[] {
  const { 'CHAOS-NET-1': parted, 'CHAOS-NET-7': lossy, 'CHAOS-NODE-3': tenth } = sla.chaos.rows
  const nodes = nodesOf(scenario, 'CHAOS-CRYPTO-7')
  return [
    {
      id: 'CHAOS-NET-1',
      kind: partition,
      draw: partition.draw(parted.fault.groups),
      forMs: lasting(scenario, 'CHAOS-CRYPTO-7'),
      nodes,
    },
    {
      id: 'CHAOS-NET-7',
      kind: loss,
      draw: loss.draw(lossy.fault.loss),
      forMs: bearing(scenario, 'CHAOS-CRYPTO-7'),
      calmMs: windowFillsMs,
      nodes,
    },
    { id: 'CHAOS-NODE-3', kind: crash, draw: crash.drawShare(tenth.fault.crashedShare), nodes },
  ]
}

type Course = RotationScene & {
  readonly clock: Scenario<Needs>['target']['clock']
  readonly streams: readonly HeldStream<SvidMessage>[]
}

/** What the workloads were handed between two instants, the message before them included. */
function observeStreams({ streams, ...scene }: Course, [fromMs, toMs]: readonly [number, number]): boolean {
  const { observe, toUnixS } = scene
  const mostRenewals = Math.ceil((toMs - fromMs) / (1_000 * lifeShare.from * svidTtlS)) + 1
  let isWell = true
  for (const stream of streams) {
    const all = readSvids(observe, stream.messages())
    const first = all.findLastIndex(({ atMs }) => atMs < fromMs)
    const seen = all.slice(Math.max(0, first))
    const who = seen[0]?.svid.spiffeId ?? 'a workload'
    const renewals = seen.length - 1
    for (const [index, after] of seen.entries()) {
      const before = seen[index - 1]
      if (before !== undefined) observeRotation(scene, before, after)
    }
    const isOnce = renewals >= 1 && renewals <= mostRenewals
    observe.check('every SVID is renewed while the fault lasts, and none twice', isOnce, `${who}: ${renewals} times`)
    recordHeld({ observe, watch: `${fromMs} ms`, toUnixS, fromMs, toMs }, who, seen)
    const end = stream.ended()
    observe.check('a stream survives the fault', end === null, `${who}: ended with ${end?.code}`)
    isWell &&= isOnce && end === null
  }
  return isWell
}

/** Watches held streams from just before a fault to the steady state after it. */
function rotationsBeside(course: Course): Besides {
  let fromMs = 0
  return {
    begin: () => {
      fromMs = course.clock.nowMs()
    },
    atRecovery: async () => undefined,
    end: async () => observeStreams(course, [fromMs, course.clock.nowMs()]),
    stop: async () => undefined,
  }
}

async function hold(scenario: Scenario<Needs>, { register, hold: open }: Workloads): Promise<Course> {
  const { observe, target } = scenario
  const { clock, identity } = target
  const streams: HeldStream<SvidMessage>[] = []
  for (let index = 0; index < workloads; index += 1)
    streams.push(await open((await register(`rotating-${index}`, { svidTtlS })).endpoint))
  return { observe, svidTtlS, toUnixS: await unixSeconds(identity, clock), clock, streams }
}

/** Workloads are lent for as long as their world takes faults. */
async function lentBeside(scenario: Scenario<Needs>): Promise<Besides> {
  const { random, target } = scenario
  const course = Promise.withResolvers<Course>()
  const over = Promise.withResolvers<undefined>()
  const lending = withWorkloads({ identity: target.identity, random }, async (lent) => {
    course.resolve(await hold(scenario, lent))
    await over.promise
  })
  lending.catch(course.reject)
  const beside = rotationsBeside(await course.promise)
  return {
    ...beside,
    over: async () => {
      over.resolve(undefined)
      await lending
    },
  }
}

// Every SVID is renewed, and renewed again, while the mesh is parted, loses half of its datagrams, loses a tenth of its nodes:
// the two live on the same machines and the same clocks, and neither may make the other late.
requirement('CHAOS-CRYPTO-7', ['mesh', 'identity', 'control'], async (scenario) => {
  const faults = faultsOf(scenario)
  for (const under of faults) {
    const share = { ...scenario, repeats: Math.ceil(scenario.repeats / faults.length) }
    await repeatFault(share, {
      ...under,
      besides: (inner, world) => lentBeside({ ...inner, target: world }),
    })
  }
})
