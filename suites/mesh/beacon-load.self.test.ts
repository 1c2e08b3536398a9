import { expect, test } from 'vitest'
import type { MeshPlane } from '../contract/mesh.ts'
import type { IdentityPlane } from '../contract/identity.ts'
import { indefinite, ok } from '../contract/outcome.ts'
import { randomFrom } from '../contract/random.ts'
import type { Observe } from '../evidence/recorder.ts'
import { checkReceipts, checkWork, observePremises, recordLatency } from './beacon-evidence.ts'
import { runBeaconLoad } from './beacon-load.ts'
import { degree, latencyMs, perLinkS, virtualMesh, type Lie } from './virtual-mesh.ts'

/** Of a short row whose machine nobody else uses. */
const usual = { scope: 'compressed', scale: 1, measuring: <T>(work: () => Promise<T>) => work() } as const

async function judged(nodes: number, lie: Lie = {}, perNodeS = degree * perLinkS) {
  const failed: string[] = []
  const broken: string[] = []
  const counts = { latencies: 0, late: 0, finals: 0 }
  const observe: Observe = {
    duration: (name, ms) => {
      if (name === 'beacon-final') counts.finals += 1
      else counts.latencies += 1
      if (ms > 2 * latencyMs && name !== 'beacon-final') counts.late += 1
    },
    count: () => undefined,
    proportion: () => undefined,
    measure: () => undefined,
    check: (name, holds) => {
      if (!holds) failed.push(name)
    },
    history: () => undefined,
    file: () => undefined,
    premise: ({ claim, measured, limit }) => {
      if (measured > limit && claim !== 'generator headroom') broken.push(claim)
    },
    fault: () => undefined,
    failure: () => undefined,
  }
  const load = { nodes, profile: null, perNodeS }
  const target = virtualMesh(nodes, lie)
  const run = await runBeaconLoad({ ...usual, target, random: randomFrom('lot'), observe }, load)
  recordLatency(observe, 'beacon-latency', run)
  checkReceipts(observe, run)
  checkWork(observe, run)
  observePremises(observe, run)
  return { failed, broken, observe, ...counts }
}

test.each([20, 150])('an honest mesh of %i nodes passes, one latency per beacon that was owed', async (nodes) => {
  const { failed, broken, latencies, late, finals } = await judged(nodes)
  expect({ failed, broken, late }).toEqual({ failed: [], broken: [], late: 0 })
  const watchedLinks = Math.min(nodes, 100) * degree
  expect(latencies).toBeGreaterThanOrEqual(watchedLinks * perLinkS * 5 * 0.99)
  expect(finals).toBeGreaterThan(0)
})

test.each<[string, Lie, string]>([
  ['a verifier that samples', { sampling: 8 }, 'every accepted datagram had its MAC verified'],
  ['beacons counted but not used', { countedOnly: 20 }, 'every beacon that is counted as used has its receipt'],
  ['losses counted as used', { lostButCounted: 20 }, 'sequences have no more gaps than the reported loss'],
  ['losses never offered', { lostUnoffered: 20 }, 'sequences have no more gaps than the reported loss'],
  ['receipts dated back', { backdatedMs: 2 }, 'every use shows in the first answer after it'],
  ['nine roots of ten', { rootsLeftOut: 10 }, 'as many roots are verified as become due'],
  [
    'a MAC for a hundred beacons',
    { sampling: 100, datagramsCounted: 100, beaconsPerDatagram: 100 },
    'no more beacons are used than accepted datagrams hold',
  ],
  ['roots verified now and then', { rootsSampled: 4 }, 'every root that is counted as verified has its receipt'],
])('%s is found, whether all receivers are watched or some', async (_, lie, check) => {
  expect((await judged(20, lie)).failed).toContain(check)
  expect((await judged(150, lie)).failed).toContain(check)
})

test('what was owed and not used is late, however few were offered', async () => {
  const { late, latencies } = await judged(150, { lostUnoffered: 10 })
  expect(late / latencies).toBeCloseTo(0.1, 2)
})

test('what a mesh sends beyond its promise hides no loss', async () => {
  const promised = 0.95 * degree * perLinkS
  expect((await judged(150, {}, promised)).late).toBe(0)
  const { late, latencies } = await judged(150, { lostUnoffered: 20 }, promised)
  expect(late / latencies).toBeGreaterThan(0.04)
})

/** Remembers what of it is still held. */
function lendingIdentity(holds = Number.MAX_SAFE_INTEGER) {
  const registered = new Set<string>()
  const streams = new Set<number>()
  let opened = 0
  const plane: Pick<IdentityPlane, 'registerWorkload' | 'removeWorkload' | 'holdX509Svids'> = {
    registerWorkload: async ({ path }) => {
      registered.add(path)
      return ok({ spiffeId: path, endpoint: path })
    },
    removeWorkload: async ({ spiffeId }) => ok({ removed: registered.delete(spiffeId) }),
    holdX509Svids: async () => {
      opened += 1
      const stream = opened
      if (stream > holds) return indefinite('the stream was cut')
      streams.add(stream)
      return ok({ messages: () => [], ended: () => null, close: () => void streams.delete(stream) })
    },
  }
  return { plane: plane as IdentityPlane, left: () => ({ registered: [...registered], streams: [...streams], opened }) }
}

test.each([
  { name: 'while the load runs', holds: 4, brokenFromMs: 11_000, opened: 4 },
  { name: 'before all workloads are held', holds: 2, brokenFromMs: Number.MAX_SAFE_INTEGER, opened: 3 },
])('an error $name leaves no stream open and no workload registered', async ({ holds, brokenFromMs, opened }) => {
  const { mesh, clock, exposition } = virtualMesh(20)
  const identity = lendingIdentity(holds)
  let questions = 0
  const cut: MeshPlane = {
    ...mesh,
    meshWork: async (asked) => {
      questions += 1
      return mesh.meshWork(asked)
    },
    meshReceipts: async (asked) =>
      clock.nowMs() < brokenFromMs ? mesh.meshReceipts(asked) : indefinite('the answer was cut'),
  }
  const { observe } = await judged(20)
  const target = { mesh: cut, clock, exposition, identity: identity.plane }
  const scenario = { ...usual, target, random: randomFrom('lot'), observe }
  await expect(runBeaconLoad(scenario, { nodes: 20, profile: null, perNodeS: 40 })).rejects.toThrow('was cut')
  const asked = questions
  await clock.sleep(60_000)
  expect(questions, "questions to a target that is somebody else's by now").toBe(asked)
  expect(identity.left()).toEqual({ registered: [], streams: [], opened })
})
