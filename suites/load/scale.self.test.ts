import { expect, test } from 'vitest'
import { indefinite } from '../contract/outcome.ts'
import { randomFrom } from '../contract/random.ts'
import { failuresOf } from '../analysis/failure.ts'
import type { Observe } from '../evidence/recorder.ts'
import { degree, perLinkS, virtualMesh, type Lie } from '../mesh/virtual-mesh.ts'
import { checkTold, measureScale, type ScaleOrder } from './scale.ts'

const perNodeS = degree * perLinkS
const order = { nodes: 150, attempt: 0, windowS: 3, timerProfile: 'high-rate', perNodeS, live: false } as const

async function told(lie: Lie, change: Partial<ScaleOrder> = {}) {
  const measured = await measureScale(virtualMesh(order.nodes, lie), { ...order, random: randomFrom('lot'), ...change })
  const failed: string[] = []
  const observe: Pick<Observe, 'check'> = { check: (check, holds) => void (holds || failed.push(check)) }
  checkTold(observe, measured)
  return { measured, failed }
}

test('an honest mesh is measured, and its receipts are believed', async () => {
  const { measured, failed } = await told({})
  expect(failed).toEqual([])
  expect(measured.run).toMatchObject({ nodes: 150, incompleteViews: 0, latencyMs: { overLimit: 0 } })
})

test.each<[string, Lie, string]>([
  ['uses without receipts', { countedOnly: 20 }, 'every beacon that is counted as used has its receipt'],
  ['beacons shed and not offered', { lostUnoffered: 20 }, 'as many beacons are offered as are due'],
  ['receipts dated back', { backdatedMs: 2 }, 'every use shows in the first answer after it'],
])('%s are found', async (_, lie, check) => {
  expect((await told(lie)).failed).toContain(check)
})

test('a mesh that offers fewer beacons than the load asks for is no larger one', async () => {
  expect((await told({}, { perNodeS: 2 * perNodeS })).failed).toEqual(['as many beacons are offered as are due'])
})

test('each try forms its own mesh: room is made first, under another profile', async () => {
  const target = virtualMesh(order.nodes)
  for (const attempt of [0, 1]) await measureScale(target, { ...order, attempt, random: randomFrom('lot') })
  const room = { nodes: 2, timerProfile: 'fast-detect' }
  const wanted = { nodes: 150, timerProfile: 'high-rate' }
  expect(target.orders).toEqual([room, wanted, room, wanted])
})

test('a mesh that makes no room is no size that failed', async () => {
  await expect(
    measureScale(virtualMesh(order.nodes, { neverFormsTwo: true }), { ...order, random: randomFrom('lot') }),
  ).rejects.toThrow('formMesh')
})

/** A mesh that answers nothing about beacons; nor ever again, if it is told so. */
function overwhelmed(forGood: boolean) {
  const target = virtualMesh(order.nodes)
  const late = async () => indefinite('TimeoutError: The operation was aborted due to timeout')
  const { meshStatus } = target.mesh
  let asked = 0
  // A busy target has no answer for a while.
  const meshStatusAtLast = async (input: Parameters<typeof meshStatus>[0]) =>
    forGood || (asked += 1) < 3 ? late() : meshStatus(input)
  return { ...target, mesh: { ...target.mesh, meshReceipts: late, meshStatus: meshStatusAtLast } }
}

test('a size that keeps the target from answering has failed; a target that never answers again has none', async () => {
  const { run } = await measureScale(overwhelmed(false), { ...order, random: randomFrom('lot') })
  const limits = { latencyMs: 100, quantile: 0.99, lossShare: 0.001 }
  expect(failuresOf(run, limits)).toEqual([
    expect.stringMatching(/^the target did not answer at 150 nodes: meshReceipts/),
  ])
  await expect(measureScale(overwhelmed(true), { ...order, random: randomFrom('lot') })).rejects.toThrow('meshReceipts')
})
