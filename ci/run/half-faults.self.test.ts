/**
 * Of a fault that has more than one part, each part that does nothing must leave its row INCONCLUSIVE: a delay that never
 * varies, bursts of which each datagram is lost for itself, a crash loop that crashes once, partitions of which only the first one
 * comes. The rest of the fault is real. Which of all faults does nothing at all: `inert-faults.self.test.ts`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { lossOf } from '../../chaos/faults/loss.ts'
import { referenceParts } from '../../fixtures/parts.ts'
import { simulatedTarget } from '../../fixtures/simulation/target.ts'
import type { Fault } from '../../suites/contract/control.ts'
import type { Path } from '../../suites/contract/path.ts'
import type { Target } from '../../suites/contract/target.ts'
import { testChaosRows } from './sample-chaos-rows.ts'

const runDirectory = mkdtempSync(join(tmpdir(), 'meshcert-half-'))
process.env['MESHCERT_RUN'] = runDirectory
afterAll(() => rmSync(runDirectory, { recursive: true, force: true }))

const nodes = 12

/** By row, the part of its fault that is lost on its way to the target. */
const lost = {
  'CHAOS-NET-5': /quartiles/,
  'CHAOS-NET-8': /in a row/,
  'CHAOS-NET-10': /partitions after the first one silenced nothing/,
  'CHAOS-NODE-7': /loops without return/,
} as const
const isHalved = (row: string): row is keyof typeof lost => Object.hasOwn(lost, row)

/** A delay that never varies, and loss without bursts. */
const steady = ({ latency, loss, ...path }: Path): Path => ({
  ...path,
  ...(latency && { latency: { delayMs: latency.delayMs } }),
  ...(loss && { loss: { share: lossOf({ paths: [{ path: { loss } }] }) } }),
})

const seen = { jitter: 0, bursts: 0, loop: 0, flaps: 0 }

/** The same fault without the part. */
function halved<F extends Fault>(order: F): F {
  if (order.fault === 'crash') {
    const { loop, ...scope } = order.scope
    if (loop !== undefined) seen.loop += 1
    return { ...order, scope }
  }
  if (order.fault !== 'network') return order
  const { paths } = order.scope
  seen.jitter += paths.filter(({ path }) => path.latency?.jitterMs !== undefined).length
  seen.bursts += paths.filter(({ path: { loss } }) => loss !== undefined && 'toBad' in loss).length
  const kept = paths.filter(({ path }) => (path.window?.fromMs ?? 0) === 0)
  seen.flaps += paths.length - kept.length
  return { ...order, scope: { paths: kept.map((rule) => ({ ...rule, path: steady(rule.path) })) } }
}

async function halfTarget(seed: string): Promise<Target> {
  const planes = ['mesh', 'control', 'healing'] as const
  const target = await simulatedTarget({ seed, parts: referenceParts, planes, nodes })
  const { mesh, control } = target
  if (mesh === undefined || control === undefined) throw new Error('The simulated target has lost a plane.')
  return {
    ...target,
    mesh: { ...mesh, formMesh: (input) => mesh.formMesh({ ...input, nodes }) },
    control: { ...control, injectFault: (order) => control.injectFault(halved(order)) },
  }
}

await testChaosRows({
  name: 'struck by half of a fault',
  tiers: ['simulation'],
  concerns: ({ requirement }) => isHalved(requirement),
  runDirectory,
  connect: ({ seed }) => halfTarget(seed),
  says: ({ requirement }) =>
    new RegExp(`^INCONCLUSIVE: .*${isHalved(requirement) ? lost[requirement].source : 'a part that is lost'}`, 's'),
})

test('each part was asked for', () => {
  expect(Object.values(seen).filter((count) => count === 0)).toEqual([])
})
