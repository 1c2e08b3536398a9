/** A made-up mesh of virtual time that may deceive, for self tests of what reads beacons. */
import type { FinalReceipt, MeshPlane, ReceiptBatch } from '../contract/mesh.ts'
import { noWork } from '../contract/mesh-work.ts'
import { ok } from '../contract/outcome.ts'
import { viewDigest } from '../contract/view-digest.ts'

export const degree = 4
export const perLinkS = 10
const epochMs = 2_000
export const latencyMs = 3

/** How a target may deceive. */
export type Lie = {
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
  /** Refuses to form the small mesh that makes room for a larger one. */
  readonly neverFormsTwo?: boolean
  /** Neither verifies nor counts one root of so many. */
  readonly rootsLeftOut?: number
  /** What its timer profile says of a datagram. */
  readonly beaconsPerDatagram?: number
}

type Event = { readonly receiver: string; readonly origin: string; readonly dueMs: number; readonly usedAtMs: number }

const every = (step: number | undefined, count: number) => step !== undefined && count % step === 0

/** What a lying target counts, and what it tells. */
function ledger(lie: Lie) {
  const work = noWork()
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
export function virtualMesh(nodes: number, lie: Lie = {}) {
  let now = 10_000
  const ids = Array.from({ length: nodes }, (_, index) => `node-${index}`)
  const whole = viewDigest(ids)
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
  const orders: { readonly nodes: number; readonly timerProfile?: string | undefined }[] = []
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
    formMesh: async (order) => {
      orders.push(order)
      if (order.nodes < 3 && lie.neverFormsTwo === true)
        return { ok: false, definite: true, error: 'no room', status: 409 }
      return ok({ nodes: order.nodes, timerProfile: order.timerProfile ?? 'virtual', formedInMs: 1 })
    },
    meshStatus: async () => ok({ nodes, timerProfile: { ...timers, epochMs }, beaconsPerNodeS: degree * perLinkS }),
    meshNodes: async () =>
      ok(
        ids.map((id, index) => ({ id, state: 'up' as const, viewSize: nodes, viewDigest: whole, links: links(index) })),
      ),
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
  return { mesh: plane as MeshPlane, orders, exposition: async () => [], clock: clockOf(() => now, pass) }
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
