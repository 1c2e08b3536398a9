/** A scripted mesh, and the course of a fault in it, for the tests of what times and judges one. */
import type { MeshNode, MeshPlane } from '../suites/contract/mesh.ts'
import { ok } from '../suites/contract/outcome.ts'
import { viewDigest } from '../suites/contract/view-digest.ts'
import type { Bound } from './bounds.ts'
import type { FaultStep } from './fault-plan.ts'
import { crash } from './faults/crash.ts'
import { partition } from './faults/partition.ts'
import type { Driver, Journal } from './lease.ts'
import { runFault, type FaultEnd } from './recovery.ts'
import { expectedFrom } from './steady.ts'

export const ids = ['a', 'b', 'c', 'd']
const all = viewDigest(ids)

/** What a scripted mesh looks like at `sinceMs` after the injection, `endedMs` after the end (null: the fault lasts). */
export type Script = (
  sinceMs: number | null,
  endedMs: number | null,
) => { readonly views: number; readonly peers: readonly string[] }

/** No chain of promises between two sleeps is longer. */
const turnsOfAnInstant = 50

/** Who sleeps at the same time wakes in the order of time, once everybody has gone to sleep who will at this instant. */
class ScriptedClock {
  now = 0
  readonly #asleep: { readonly atMs: number; readonly wake: () => void }[] = []
  #isPumping = false

  sleep(ms: number): Promise<void> {
    const { promise, resolve: wake } = Promise.withResolvers<void>()
    this.#asleep.push({ atMs: this.now + ms, wake })
    void this.#pump()
    return promise
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return
    this.#isPumping = true
    while (this.#asleep.length > 0) {
      for (let turn = 0; turn < turnsOfAnInstant; turn += 1) await Promise.resolve()
      this.#asleep.sort((one, other) => one.atMs - other.atMs)
      const next = this.#asleep.shift()
      this.now = Math.max(this.now, next?.atMs ?? this.now)
      next?.wake()
    }
    this.#isPumping = false
  }
}

/**
 * Four nodes whose views follow a script; beacons pass at 10 ms except where the fault stops them. A reading takes `readMs`, and
 * tells what was so when it was asked for.
 */
export function scripted(script: Script, step: FaultStep, readMs = () => 0) {
  const clock = new ScriptedClock()
  let from: number | null = null
  let to: number | null = null
  const struck: string[] = []
  const silenced = (origin: string, receiver: string): boolean =>
    step.fault === 'crash'
      ? crash.hits({ nodes: struck })(origin, receiver)
      : partition.hits(step.scope)(origin, receiver)
  const inForce = (at: number) => from !== null && at > from && (to === null || at <= to)
  const down = (id: string) => step.fault === 'crash' && inForce(clock.now) && struck.includes(id)
  const meshNodes: MeshPlane['meshNodes'] = async () => {
    const { views, peers } = script(from === null ? null : clock.now - from, to === null ? null : clock.now - to)
    const answer = ok(
      ids.map((id): MeshNode => {
        const links = peers.filter((peer) => peer !== id).map((peer) => ({ peer, state: 'up' as const, quality: 64 }))
        return {
          id,
          state: down(id) ? 'down' : 'up',
          viewSize: views,
          viewDigest: views === ids.length ? all : viewDigest(ids.filter((one) => !struck.includes(one))),
          links,
        }
      }),
    )
    clock.now += readMs()
    return answer
  }
  const meshReceipts: MeshPlane['meshReceipts'] = async ({ after }) => {
    const since = Number(after) === -1 ? clock.now : Number(after)
    const batches = ids.flatMap((origin) =>
      ids.map((receiver) => {
        const times: number[] = []
        for (let at = since + 10 - (since % 10); at <= clock.now; at += 10) {
          if (!(inForce(at) && silenced(origin, receiver))) times.push(at)
        }
        return { receiver, origin: times.map(() => origin), sequence: times, scheduledAtMs: times, usedAtMs: times }
      }),
    )
    return ok({ next: clock.now, batches, finals: [], dropped: 0 })
  }
  const driver: Driver = {
    name: 'scripted',
    supports: () => true,
    arm: async () => 'nothing',
    inject: async ({ strike: { scope } }) => {
      struck.push(...('nodes' in scope ? scope.nodes : []))
      return { id: `f${struck.length}`, atMs: (from = clock.now) }
    },
    renew: async () => undefined,
    undo: async () => ({ atMs: (to = clock.now), residue: [] }),
  }
  const journal: Journal = { write: () => undefined, close: () => undefined }
  // The course of a fault reads nodes and receipts only.
  return {
    mesh: { meshNodes, meshReceipts } as MeshPlane,
    clock: { nowMs: () => clock.now, sleep: (ms: number) => clock.sleep(ms) },
    driver,
    journal,
  }
}

export async function course(
  script: Script,
  step: FaultStep,
  { bounds = [], readMs }: { readonly bounds?: readonly Bound[]; readonly readMs?: () => number } = {},
): Promise<FaultEnd> {
  const world = scripted(script, step, readMs)
  const nodes = await world.mesh.meshNodes({})
  if (!nodes.ok) throw new Error(nodes.error)
  return runFault({
    ...world,
    kind: step.fault === 'crash' ? crash : partition,
    step,
    outage: true,
    healthy: expectedFrom(nodes.value),
    besides: null,
    bounds,
  })
}

export const crashed: FaultStep = { atMs: 0, fault: 'crash', scope: { nodes: ['d'] }, forMs: null }
export const cut = (forMs: number): FaultStep => ({
  atMs: 0,
  fault: 'partition',
  scope: {
    groups: [
      ['a', 'b'],
      ['c', 'd'],
    ],
  },
  forMs,
})
export const whole = { views: 4, peers: ids }

/** A crash that somebody notices after so long, and that the mesh has borne after so long. */
export const detectsAfter =
  (detectMs: number, steadyMs: number): Script =>
  (since, ended) => {
    if (since === null || ended !== null) return whole
    if (since < detectMs) return whole
    return { views: since < steadyMs ? 2 : 3, peers: ['a', 'b', 'c'] }
  }
