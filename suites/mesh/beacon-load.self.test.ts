import { expect, test } from 'vitest'
import type { FinalReceipt, MeshPlane, ReceiptBatch } from '../contract/mesh.ts'
import type { IdentityPlane } from '../contract/identity.ts'
import { indefinite, ok } from '../contract/outcome.ts'
import { randomFrom } from '../contract/random.ts'
import type { Observe } from '../evidence/recorder.ts'
import { checkReceipts, checkWork, observePremises, recordLatency } from './beacon-evidence.ts'
import { runBeaconLoad } from './beacon-load.ts'

const degree = 4
const perLinkS = 10
const epochMs = 2_000
const latencyMs = 3

/** How a target may deceive. */
type Lie = {
  /** Verifies one MAC of so many. */
  readonly sampling?: number
  /** Counts every so many-th beacon as used and never uses it. */
  readonly countedOnly?: number
  /** Counts one datagram of so many. */
  readonly datagramsCounted?: number
  /** Loses every so many-th beacon and counts it as used. */
  readonly lostButCounted?: number
  /** Loses every so many-th beacon and does not count it as offered. */
  readonly lostUnoffered?: number
  readonly backdatedMs?: number
  /** Verifies the roots of one epoch of so many; counts all. */
  readonly rootsSampled?: number
  /** Neither verifies nor counts one root of so many. */
  readonly rootsLeftOut?: number
  /** What its timer profile says of a datagram. */
  readonly beaconsPerDatagram?: number
}

type Event = { readonly receiver: string; readonly origin: string; readonly dueMs: number; readonly usedAtMs: number }

const every = (step: number | undefined, count: number) => step !== undefined && count % step === 0

/** What a lying target counts, and what it tells. */
function ledger(lie: Lie) {
  const work = {
    beaconsOffered: 0,
    beaconsUsed: 0,
    beaconsFinal: 0,
    beaconsRetracted: 0,
    datagramsAccepted: 0,
    macsVerified: 0,
    linksRekeyed: 0,
    rootsExpected: 0,
    rootsVerified: 0,
    peerSignaturesVerified: 0,
    peerBeaconsUsed: 0,
    peerBeaconsFinal: 0,
    peerBeaconsRetracted: 0,
    refused: {},
  }
  const told: { readonly batch: ReceiptBatch | null; readonly final: FinalReceipt | null }[] = []
  let [events, roots] = [0, 0]
  const beacon = ({ receiver, origin, dueMs, usedAtMs }: Event, sequence: number): void => {
    events += 1
    if (every(lie.lostUnoffered, events)) return
    work.beaconsOffered += 1
    work.beaconsUsed += 1
    if (lie.datagramsCounted === undefined || every(lie.datagramsCounted, events)) work.datagramsAccepted += 1
    if (lie.sampling === undefined || every(lie.sampling, events)) work.macsVerified += 1
    if (every(lie.lostButCounted, events) || every(lie.countedOnly, events)) return
    const at = usedAtMs - (lie.backdatedMs ?? 0)
    const batch = { receiver, origin: [origin], sequence: [sequence], scheduledAtMs: [dueMs], usedAtMs: [at] }
    told.push({ batch, final: null })
  }
  const root = (receiver: string, origin: string, atMs: number): void => {
    roots += 1
    work.rootsExpected += 1
    if (every(lie.rootsLeftOut, roots)) return
    work.rootsVerified += 1
    const epoch = Math.round(atMs / epochMs)
    if (lie.rootsSampled !== undefined && !every(lie.rootsSampled, epoch)) return
    const final = { origin, receiver, epoch, beacons: 20, epochEndedAtMs: atMs - 5, finalAtMs: atMs }
    told.push({ batch: null, final })
  }
  return { work, told, beacon, root }
}

/** A mesh of virtual time in which every link sends ten beacons a second, each 3 ms under way. */
function virtualMesh(nodes: number, lie: Lie = {}) {
  let now = 10_000
  const ids = Array.from({ length: nodes }, (_, index) => `node-${index}`)
  const peersOf = (index: number) => [1, 2, -1, -2].map((step) => ids[(index + step + nodes) % nodes] ?? '')
  const { work, told, beacon, root } = ledger(lie)
  /** Instants of a period in the time that passes. */
  const due = (fromMs: number, periodMs: number, phaseMs: number): number[] => {
    const instants: number[] = []
    for (let turn = Math.ceil((fromMs - phaseMs) / periodMs); turn * periodMs + phaseMs < now; turn += 1) {
      instants.push(turn * periodMs + phaseMs)
    }
    return instants
  }
  const pass = (ms: number): void => {
    const fromMs = now
    now += ms
    for (const [index, receiver] of ids.entries()) {
      for (const [side, origin] of peersOf(index).entries()) {
        for (const usedAtMs of due(fromMs, 1_000 / perLinkS, (index * 7 + side * 25) % 100)) {
          beacon({ receiver, origin, dueMs: usedAtMs - latencyMs, usedAtMs }, Math.floor((usedAtMs * perLinkS) / 1_000))
        }
        for (const atMs of due(fromMs, epochMs, (index * 13) % epochMs)) root(receiver, origin, atMs)
      }
    }
  }
  const links = (index: number) => peersOf(index).map((peer) => ({ peer, state: 'up' as const, quality: 64 }))
  const timers = {
    name: 'virtual',
    beaconsPerLinkS: perLinkS,
    beaconsPerDatagram: lie.beaconsPerDatagram ?? 1,
    missedBeaconsToSuspect: 9,
  }
  const plane: Pick<
    MeshPlane,
    'formMesh' | 'meshStatus' | 'meshNodes' | 'meshWork' | 'meshReceipts' | 'meshResources'
  > = {
    formMesh: async () => ok({ nodes, timerProfile: 'virtual', formedInMs: 1 }),
    meshStatus: async () => ok({ nodes, timerProfile: { ...timers, epochMs }, beaconsPerNodeS: degree * perLinkS }),
    meshNodes: async () =>
      ok(ids.map((id, index) => ({ id, state: 'up' as const, viewSize: nodes, links: links(index) }))),
    meshWork: async () => ok({ ...work }),
    meshResources: async () => ok({ nowMs: now, processes: [], operations: [] }),
    meshReceipts: async ({ after, receivers = '' }) => {
      const wanted = new Set(receivers.split(','))
      const page = Number(after) < 0 ? [] : told.slice(Number(after))
      const batches = page.flatMap(({ batch }) => (batch !== null && wanted.has(batch.receiver) ? [batch] : []))
      const finals = page.flatMap(({ final }) => (final !== null && wanted.has(final.receiver) ? [final] : []))
      return ok({ next: told.length, batches, finals, dropped: 0 })
    },
  }
  // What the load does not ask for is not there.
  return { mesh: plane as MeshPlane, exposition: async () => [], clock: clockOf(() => now, pass) }
}

/** Several sleepers share one virtual clock: the one that wakes first moves it. */
function clockOf(nowMs: () => number, pass: (ms: number) => void) {
  const sleepers: { atMs: number; wake: () => void }[] = []
  let moving = false
  const move = async (): Promise<void> => {
    if (moving) return
    moving = true
    while (sleepers.length > 0) {
      // Every promise that could still go to sleep first does so.
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
      sleepers.sort((a, b) => a.atMs - b.atMs)
      const next = sleepers.shift()
      if (next === undefined) break
      if (next.atMs > nowMs()) pass(next.atMs - nowMs())
      next.wake()
    }
    moving = false
  }
  return {
    nowMs,
    sleep: (ms: number): Promise<void> =>
      new Promise((wake) => {
        sleepers.push({ atMs: nowMs() + ms, wake })
        void move()
      }),
  }
}

async function judged(nodes: number, lie: Lie = {}) {
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
  const load = { nodes, profile: null, perNodeS: degree * perLinkS }
  const target = virtualMesh(nodes, lie)
  const run = await runBeaconLoad({ target, scope: 'compressed', scale: 1, random: randomFrom('lot'), observe }, load)
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
  const cut: MeshPlane = {
    ...mesh,
    meshReceipts: async (asked) =>
      clock.nowMs() < brokenFromMs ? mesh.meshReceipts(asked) : indefinite('the answer was cut'),
  }
  const { observe } = await judged(20)
  const target = { mesh: cut, clock, exposition, identity: identity.plane }
  const scenario = { target, scope: 'compressed', scale: 1, random: randomFrom('lot'), observe } as const
  await expect(runBeaconLoad(scenario, { nodes: 20, profile: null, perNodeS: 40 })).rejects.toThrow('was cut')
  expect(identity.left()).toEqual({ registered: [], streams: [], opened })
})
