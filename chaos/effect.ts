/**
 * Proof that a fault took effect, from the receipt stream: traffic that must have stopped has stopped
 * while other traffic goes on, or less of it comes, or later. A fault without effect makes its row
 * INCONCLUSIVE, never green.
 */
import type { Clock } from '../suites/contract/clock.ts'
import type { FaultPrimitive, FaultScope } from '../suites/contract/control.ts'
import type { MeshNode, MeshPlane } from '../suites/contract/mesh.ts'
import { expectOk } from '../suites/contract/outcome.ts'
import { liesOn } from '../suites/contract/path.ts'

export type EffectProof = {
  readonly proven: boolean
  readonly provenAtMs: number | null
  /** What was seen, for the journal and the premise. */
  readonly seen: string
}

/** One beacon as its receiver reported it. */
export type Passage = {
  readonly origin: string
  readonly receiver: string
  readonly sequence: number
  readonly scheduledAtMs: number
  readonly usedAtMs: number
}

export type PassageStream = { readonly read: () => Promise<readonly Passage[]> }

/** Receipts from now on, one beacon a row. */
export async function openPassages(mesh: MeshPlane): Promise<PassageStream> {
  let cursor = expectOk('meshReceipts', await mesh.meshReceipts({ after: -1 })).next
  return {
    read: async () => {
      const page = expectOk('meshReceipts', await mesh.meshReceipts({ after: cursor }))
      cursor = page.next
      return page.batches.flatMap(({ receiver, origin, sequence, scheduledAtMs, usedAtMs }) =>
        origin.map((from, index) => ({
          origin: from,
          receiver,
          sequence: sequence[index] ?? Number.NaN,
          scheduledAtMs: scheduledAtMs[index] ?? Number.NaN,
          usedAtMs: usedAtMs[index] ?? Number.NaN,
        })),
      )
    },
  }
}

/** Directed pairs of nodes whose traffic a fault touches. */
export type Hits = (origin: string, receiver: string) => boolean

/** What a probe looks at, and of which fault. */
export type Around = {
  readonly mesh: MeshPlane
  readonly clock: Clock
  readonly scope: FaultScope
  readonly hits: Hits
}

/** Looks at the healthy mesh; the answer, asked after the injection, proves the effect. */
export type Probe = (
  around: Around,
) => Promise<(injected: { readonly appliedAtMs: number; readonly renew: () => Promise<void> }) => Promise<EffectProof>>

/** One fault of the catalogue: what drives it is a primitive of a driver and a scope. */
export type FaultKind = {
  readonly name: string
  readonly primitive: FaultPrimitive
  /** Whom it touches, and what it leaves alone. */
  readonly blastRadius: string
  /** What is seen of it, or its row is INCONCLUSIVE. */
  readonly effect: string
  readonly hits: (scope: FaultScope) => Hits
  readonly probe: Probe
  /** Whether something comes that is not what was sent, so that refusals accuse nobody else. Absent: it does not. */
  readonly falsifies?: true
  /** Nodes that are not alive while it lasts. */
  readonly downs: (scope: FaultScope) => readonly string[]
  /** Nodes with which nobody can have a link while it lasts, though they live: to give them up is right. Absent: none. */
  readonly severs?: (scope: FaultScope) => readonly string[]
  /** Groups that it parts from all others, so that each can know no more than itself. Absent: none. */
  readonly apart?: (scope: FaultScope) => readonly (readonly string[])[]
  /**
   * Whether what a node reports now, beside what it reported in the healthy mesh, tells of the fault. Absent: where a link
   * is suspect, or the view smaller.
   */
  readonly tells?: (scope: FaultScope) => (now: MeshNode, before: MeshNode) => boolean
  /** What else than the nodes' reports tells of it: begun before the injection, asked until it does. */
  readonly signs?: (mesh: MeshPlane) => Promise<() => Promise<boolean>>
}

/** A link's quality counts the last 64 beacons. */
export const fullWindow = 64

/** Pairs on which a fault of the network lays something. */
export function onPaths({ paths = [] }: FaultScope): Hits {
  const rules = paths.map(liesOn)
  return (origin, receiver) => rules.some((lies) => lies(origin, receiver))
}

/** Pairs of which one end is a node that is hit. */
export function onNodes({ nodes }: FaultScope): Hits {
  const victims = new Set(nodes)
  return (origin, receiver) => victims.has(origin) || victims.has(receiver)
}

/** No beacon for so long proves silence where many a second went before: at 100 a second, 20 in a row are missing. */
const quietMs = 200
const giveUpMs = 3_000
const pollMs = 50

/** How many beacons of the traffic to be silenced pass before the fault; without any, silence would prove nothing. */
export async function trafficBefore(mesh: MeshPlane, clock: Clock, hits: Hits): Promise<number> {
  const stream = await openPassages(mesh)
  await clock.sleep(quietMs)
  return (await stream.read()).filter(({ origin, receiver }) => hits(origin, receiver)).length
}

/**
 * Proves that `hits` traffic scheduled after the injection is not used for 200 ms while other
 * traffic is, or that of it which must go on; not proven after 3 s, or when nothing was there to be silenced. Times in ms.
 */
export async function proveSilence(options: {
  readonly mesh: MeshPlane
  readonly clock: Clock
  readonly hits: Hits
  /** Whose traffic must go on; that of anybody who is not hit unless given. */
  readonly spares?: Hits
  readonly before: number
  readonly appliedAtMs: number
  readonly renew: () => Promise<void>
}): Promise<EffectProof> {
  const { mesh, clock, hits, spares = () => true, before, appliedAtMs, renew } = options
  if (before === 0) return { proven: false, provenAtMs: null, seen: 'no such beacon passed before the fault' }
  const stream = await openPassages(mesh)
  let lastAtMs = Math.max(appliedAtMs, clock.nowMs())
  let others = 0
  let leaked = 0
  const seen = () => `${before} beacons in 200 ms before, ${leaked} after, ${others} of others go on`
  while (clock.nowMs() - appliedAtMs < giveUpMs) {
    await clock.sleep(pollMs)
    await renew()
    const nowMs = clock.nowMs()
    for (const { origin, receiver, scheduledAtMs, usedAtMs } of await stream.read()) {
      if (scheduledAtMs <= appliedAtMs) continue
      if (hits(origin, receiver)) {
        leaked += 1
        lastAtMs = Math.max(lastAtMs, usedAtMs)
      } else if (spares(origin, receiver)) others += 1
    }
    if (others > 0 && nowMs - lastAtMs >= quietMs) return { proven: true, provenAtMs: nowMs, seen: seen() }
  }
  return { proven: false, provenAtMs: null, seen: seen() }
}

/** What must stop, stops. */
export const silence: Probe = async ({ mesh, clock, hits }) => {
  const before = await trafficBefore(mesh, clock, hits)
  return (injected) => proveSilence({ mesh, clock, hits, before, ...injected })
}

/** What must stop, stops, and the opposite direction of just that goes on: a cut of both is another fault. */
export const oneWaySilence: Probe = async ({ mesh, clock, hits }) => {
  const before = await trafficBefore(mesh, clock, hits)
  const spares: Hits = (origin, receiver) => hits(receiver, origin)
  return (injected) => proveSilence({ mesh, clock, hits, spares, before, ...injected })
}

/** Beacons on the pairs that are hit, used in the next so many ms. */
export async function usesIn(forMs: number, { mesh, clock, hits }: Around): Promise<readonly Passage[]> {
  const stream = await openPassages(mesh)
  await clock.sleep(forMs)
  return (await stream.read()).filter(({ origin, receiver }) => hits(origin, receiver))
}

/** Of those, the ones that were scheduled in that time, too. */
async function passagesIn(forMs: number, around: Around): Promise<readonly Passage[]> {
  const fromMs = around.clock.nowMs()
  return (await usesIn(forMs, around)).filter(({ scheduledAtMs }) => scheduledAtMs >= fromMs)
}

/** Long enough for a median, and for a share of loss to within a few percent where a hundred nodes beacon. */
const sample = (around: Around): Promise<readonly Passage[]> => passagesIn(500, around)

type Seen = { readonly proven: boolean; readonly seen: string }

/** Compares samples of before and after until `compare` finds the effect, for 3 s at most. */
export const compared =
  <Sample>(
    take: (around: Around) => Promise<Sample>,
    compare: (before: Sample, after: Sample, scope: FaultScope) => Seen,
  ): Probe =>
  async (around) => {
    const before = await take(around)
    const { clock, scope } = around
    return async ({ appliedAtMs, renew }) => {
      for (;;) {
        const { proven, seen } = compare(before, await take(around), scope)
        await renew()
        if (proven) return { proven, provenAtMs: clock.nowMs(), seen }
        if (clock.nowMs() - appliedAtMs > giveUpMs) return { proven, provenAtMs: null, seen }
      }
    }
  }

/** At least half of the asked share is missing. */
export const thinned = (share: (scope: FaultScope) => number): Probe =>
  compared(sample, (before, after, scope) => {
    const lost = before.length === 0 ? 0 : 1 - after.length / before.length
    const seen = `${after.length} beacons where ${before.length} came before: ${lost.toFixed(2)} lost, ${share(scope).toFixed(2)} asked`
    return { proven: lost >= share(scope) / 2, seen }
  })

/** The latency that this part of the passages does not exceed, in ms. */
const latencyMs = (passages: readonly Passage[], part: number): number => {
  const latencies = passages.map(({ scheduledAtMs, usedAtMs }) => usedAtMs - scheduledAtMs).sort((a, b) => a - b)
  return latencies[Math.floor(latencies.length * part)] ?? Number.NaN
}
/** In ms; not a number of none. */
export const medianLatencyMs = (passages: readonly Passage[]): number => latencyMs(passages, 1 / 2)
/** Between the quartiles: what varies evenly by so much in either direction has a spread of just so much. */
const spreadMs = (passages: readonly Passage[]): number => latencyMs(passages, 3 / 4) - latencyMs(passages, 1 / 4)

/** The median of what passes takes at least so many times as long. */
export const slower = (factor: number): Probe =>
  compared(sample, (before, after) => {
    const [was, is] = [medianLatencyMs(before), medianLatencyMs(after)]
    const seen = `median latency ${is.toFixed(2)} ms after ${was.toFixed(2)} ms`
    return { proven: is >= factor * was, seen }
  })

/** The median of what passes is later by at least half of what was asked, and where jitter was asked the quartiles lie apart by half of it. */
export const slowed = (asked: (scope: FaultScope) => { readonly delayMs: number; readonly jitterMs: number }): Probe =>
  compared(sample, (before, after, scope) => {
    const { delayMs, jitterMs } = asked(scope)
    const [was, is] = [medianLatencyMs(before), medianLatencyMs(after)]
    const wider = spreadMs(after) - spreadMs(before)
    const seen = `median latency ${is.toFixed(1)} ms after ${was.toFixed(1)} ms, ${delayMs} ms asked`
    return {
      proven: is - was >= delayMs / 2 && (jitterMs === 0 || wider >= jitterMs / 2),
      seen:
        jitterMs === 0
          ? seen
          : `${seen}; quartiles ${wider.toFixed(1)} ms further apart, ${jitterMs} ms of jitter asked`,
    }
  })
