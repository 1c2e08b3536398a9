import { describe, expect, test } from 'vitest'
import { sla } from '../sla.config.ts'
import type { MeshNode, MeshPlane } from '../suites/contract/mesh.ts'
import { ok } from '../suites/contract/outcome.ts'
import { randomFrom } from '../suites/contract/random.ts'
import { viewDigest } from '../suites/contract/view-digest.ts'
import type { FaultKind } from './effect.ts'
import type { Bound } from './bounds.ts'
import { crash } from './faults/crash.ts'
import { isolation } from './faults/isolation.ts'
import { partition } from './faults/partition.ts'
import type { Driver, Journal } from './lease.ts'
import { runFault, type Besides, type FaultEnd } from './recovery.ts'
import type { FaultStep } from './fault-plan.ts'
import { expectedFrom } from './steady.ts'

const ids = ['a', 'b', 'c', 'd']
const all = viewDigest(ids)

/** What a scripted mesh looks like at `sinceMs` after the injection, `endedMs` after the end (null: the fault lasts). */
type Script = (
  sinceMs: number | null,
  endedMs: number | null,
) => { readonly views: number; readonly peers: readonly string[] }

/** Four nodes whose views follow a script; beacons pass at 10 ms except where the fault stops them. */
function scripted(script: Script, step: FaultStep) {
  let now = 0
  let from: number | null = null
  let to: number | null = null
  const sleep = async (ms: number): Promise<void> => {
    now += ms
  }
  const struck: string[] = []
  const silenced = (origin: string, receiver: string): boolean =>
    step.fault === 'crash'
      ? crash.hits({ nodes: struck })(origin, receiver)
      : partition.hits(step.scope)(origin, receiver)
  const inForce = (at: number) => from !== null && at > from && (to === null || at <= to)
  const down = (id: string) => step.fault === 'crash' && inForce(now) && struck.includes(id)
  const meshNodes: MeshPlane['meshNodes'] = async () => {
    const { views, peers } = script(from === null ? null : now - from, to === null ? null : now - to)
    return ok(
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
  }
  const meshReceipts: MeshPlane['meshReceipts'] = async ({ after }) => {
    const since = Number(after) === -1 ? now : Number(after)
    const batches = ids.flatMap((origin) =>
      ids.map((receiver) => {
        const times: number[] = []
        for (let at = since + 10 - (since % 10); at <= now; at += 10) {
          if (!(inForce(at) && silenced(origin, receiver))) times.push(at)
        }
        return { receiver, origin: times.map(() => origin), sequence: times, scheduledAtMs: times, usedAtMs: times }
      }),
    )
    return ok({ next: now, batches, finals: [], dropped: 0 })
  }
  const driver: Driver = {
    name: 'scripted',
    supports: () => true,
    arm: async () => 'nothing',
    inject: async ({ strike: { scope } }) => {
      struck.push(...('nodes' in scope ? scope.nodes : []))
      return { id: `f${struck.length}`, atMs: (from = now) }
    },
    renew: async () => undefined,
    undo: async () => ({ atMs: (to = now), residue: [] }),
  }
  const journal: Journal = { write: () => undefined, close: () => undefined }
  // The course of a fault reads nodes and receipts only.
  return { mesh: { meshNodes, meshReceipts } as MeshPlane, clock: { nowMs: () => now, sleep }, driver, journal }
}

async function course(script: Script, step: FaultStep, bounds: readonly Bound[] = []): Promise<FaultEnd> {
  const world = scripted(script, step)
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

const crashed: FaultStep = { atMs: 0, fault: 'crash', scope: { nodes: ['d'] }, forMs: null }
const cut = (forMs: number): FaultStep => ({
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
const whole = { views: 4, peers: ids }

describe('a crash', () => {
  const detectsAfter =
    (detectMs: number, steadyMs: number): Script =>
    (since, ended) => {
      if (since === null || ended !== null) return whole
      if (since < detectMs) return whole
      return { views: since < steadyMs ? 2 : 3, peers: ['a', 'b', 'c'] }
    }

  test('is timed from the injection to the start of the steady state', async () => {
    const { timings, proof } = await course(detectsAfter(1_200, 2_000), crashed)
    expect(proof.proven).toBe(true)
    expect(timings?.detectionS).toBeCloseTo(1.2, 1)
    expect(timings?.recoveryS).toBeGreaterThanOrEqual(2)
    expect(timings?.recoveryS).toBeLessThan(2.1)
    expect(timings?.viewShareMin).toBeCloseTo(2 / 3)
  })

  test('is censored when the mesh never becomes steady without the node', async () => {
    const { timings } = await course(detectsAfter(1_200, Number.POSITIVE_INFINITY), crashed)
    expect(timings?.recoveryS).toBeNull()
  })

  test('counts from the last unsteadiness: a state that is held less than 5 s is no recovery', async () => {
    const flaps: Script = (since, ended) => {
      if (since === null || ended !== null) return whole
      if (since >= 6_000 && since < 6_500) return { views: 2, peers: ['a', 'b', 'c'] }
      return { views: since < 2_000 ? 4 : 3, peers: ['a', 'b', 'c'] }
    }
    const { timings } = await course(flaps, crashed)
    expect(timings?.recoveryS).toBeGreaterThanOrEqual(6.5)
  })

  test('tells when the mesh is not whole after the node has come back', async () => {
    const forgets: Script = (since, ended) => {
      if (since === null) return whole
      return ended === null && since < 1_000 ? whole : { views: 3, peers: ['a', 'b', 'c'] }
    }
    const { notSteadyAgain, record } = await course(forgets, crashed)
    expect(notSteadyAgain).toBe('a knows 3 of 4')
    expect(record.residue).toEqual([])
  })
})

describe('a crash that draws another in', () => {
  /** Without d the three are steady at once; c fails under its load half a second later. */
  const cascade = async (lostShareMax: number) => {
    let isStruck = false
    const script: Script = (since, ended) => {
      if (since === null || ended !== null) return whole
      return isStruck ? { views: 2, peers: ['a', 'b'] } : { views: 3, peers: ['a', 'b', 'c'] }
    }
    const world = scripted(script, crashed)
    const nodes = await world.mesh.meshNodes({})
    if (!nodes.ok) throw new Error(nodes.error)
    const along: unknown[] = []
    const inject: Driver['inject'] = async (order) => {
      along.push(order.along)
      const { scope } = order.strike
      isStruck = 'nodes' in scope && scope.nodes.includes('c')
      return world.driver.inject(order)
    }
    const next = () => (world.clock.nowMs() >= 1_000 ? ['c'] : [])
    const end = await runFault({
      ...world,
      driver: { ...world.driver, inject },
      kind: crash,
      step: crashed,
      outage: true,
      healthy: { ...expectedFrom(nodes.value), linksMin: 1 },
      besides: null,
      bounds: [],
      spread: { next, lostShareMax },
    })
    return { end, along }
  }

  test('is followed under a lease of its own, and recovery counts from the last one', async () => {
    const { end, along } = await cascade(0.5)
    expect(along).toEqual([undefined, ['f1']])
    expect(end.further.map(({ proof, record }) => [proof.proven, record.scope])).toEqual([[true, { nodes: ['c'] }]])
    expect(end.timings).toMatchObject({ lostShare: 0.5 })
    expect(end.timings?.recoveryS).toBeLessThan(0.5)
  })

  test('is followed no further where more than the bound would be lost', async () => {
    const { end, along } = await cascade(0.4)
    expect(along).toHaveLength(1)
    expect(end.timings).toMatchObject({ lostShare: 0.5, recoveryS: null })
  })
})

describe('a crash from which the node comes back by itself', () => {
  const returns: Script = (since, ended) => {
    if (since === null || since < 1_200) return whole
    return ended === null || ended < 600 ? { views: 3, peers: ['a', 'b', 'c'] } : whole
  }

  test('is timed from its return, and the victim is no bystander', async () => {
    const { timings, proof } = await course(returns, { ...crashed, forMs: 3_000 })
    expect(proof.proven).toBe(true)
    expect(timings?.detectionS).toBeCloseTo(1.2, 1)
    expect(timings?.recoveryS).toBeGreaterThanOrEqual(0.6)
    expect(timings?.recoveryS).toBeLessThan(0.7)
    expect(timings).toMatchObject({ bystandersDown: [], viewShareMin: 1, qualityMin: 1 })
  })
})

describe('a partition', () => {
  const healsAfter =
    (healMs: number): Script =>
    (since, ended) => {
      if (since === null || since < 1_000) return whole
      return ended === null || ended < healMs ? { views: 2, peers: ids } : whole
    }

  test.each([4_000, 8_000])('of %i ms is timed from its end: recovery does not follow its length', async (forMs) => {
    const { timings } = await course(healsAfter(700), cut(forMs))
    expect(timings?.detectionS).toBeCloseTo(1, 1)
    expect(timings?.firstSuccessS).toBeLessThan(0.1)
    expect(timings?.recoveryS).toBeGreaterThanOrEqual(0.7)
    expect(timings?.recoveryS).toBeLessThan(0.8)
    expect(timings?.viewShareMin).toBe(0.5)
  })
})

test('what goes on beside a fault is stopped when its course breaks off', async () => {
  const world = scripted((since) => {
    if (since === null) return whole
    throw new Error('the target is gone')
  }, crashed)
  const nodes = await world.mesh.meshNodes({})
  if (!nodes.ok) throw new Error(nodes.error)
  const told: string[] = []
  const besides: Besides = {
    begin: () => void told.push('begin'),
    atRecovery: async () => void told.push('recovery'),
    end: async () => told.push('end') > 0,
    stop: async () => void told.push('stop'),
  }
  const healthy = expectedFrom(nodes.value)
  const run = { ...world, kind: crash, step: crashed, outage: true, healthy, besides, bounds: [] }
  await expect(runFault(run)).rejects.toThrow('target is gone')
  expect(told).toEqual(['begin', 'stop'])
})

test.each<[FaultKind, FaultStep['scope']]>([
  [crash, { nodes: ['a', 'b'] }],
  [isolation, isolation.draw(2)(ids, randomFrom('too many'))],
])('a fault that leaves no quorum is refused before anything is armed: $name', async (kind, scope) => {
  const step = { atMs: 0, fault: kind.name, scope, forMs: 2_000 }
  const world = scripted(() => whole, step)
  const armed: unknown[] = []
  const arm: Driver['arm'] = async (order) => `armed ${armed.push(order)}`
  const healthy = { alive: new Set(ids), linksMin: 1 }
  const run = {
    ...world,
    driver: { ...world.driver, arm },
    kind,
    step,
    outage: true,
    healthy,
    besides: null,
    bounds: [],
  }
  await expect(runFault(run)).rejects.toThrow(/nothing was touched: it would have 2 of 4 nodes taken.*no quorum/)
  expect(armed).toEqual([])
})

describe('a fault that breaks a bound for longer than it may', () => {
  const half: Bound = {
    claim: 'a living node knows at least half',
    holds: ({ viewShareMin }) => viewShareMin >= 0.5,
    found: ({ viewShareMin }) => `${viewShareMin}`,
  }
  const { brokenForS, outageFactor } = sla.chaos.abort
  /** Of four nodes each knows one from one instant to another after the injection, and everybody as soon as the fault ends. */
  const collapse =
    (fromMs: number, toMs: number): Script =>
    (since, ended) =>
      since !== null && ended === null && since >= fromMs && since < toMs ? { views: 1, peers: ids } : whole

  test('is undone at once, long before its time, and tells why', async () => {
    const { record, timings, notSteadyAgain, besidesWell } = await course(collapse(2_000, 60_000), cut(20_000), [half])
    expect(record.aborted?.because).toBe(`it broke for ${brokenForS} s on end that ${half.claim}: 0.25`)
    const heldMs = (record.undoneAtMs ?? Infinity) - record.injectedAtMs
    expect(heldMs).toBeGreaterThanOrEqual(2_000 + 1_000 * brokenForS)
    expect(heldMs).toBeLessThan(2_200 + 1_000 * brokenForS)
    expect(record.residue).toEqual([])
    // What was seen by then stays: the bound is broken, and the mesh was whole again.
    expect(timings?.viewShareMin).toBe(0.25)
    expect(timings?.recoveryS).not.toBeNull()
    expect([notSteadyAgain, besidesWell]).toEqual([null, false])
  })

  test('goes on where it keeps the bound again in time, with the worst of it on record', async () => {
    const blink = collapse(2_000, 2_000 + 500 * brokenForS)
    const { record, timings } = await course(blink, cut(4_000), [half])
    expect(record.aborted).toBeUndefined()
    expect((record.undoneAtMs ?? 0) - record.injectedAtMs).toBeGreaterThanOrEqual(4_000)
    expect(timings?.viewShareMin).toBe(0.25)
  })

  test('is undone although it would last until recovery, where that takes too many times its limit', async () => {
    const never: Script = (since, ended) =>
      since === null || ended !== null ? whole : { views: 4, peers: ['a', 'b', 'c'] }
    const { record, timings } = await course(never, crashed)
    const budgetMs = 1_000 * outageFactor * sla.chaos.recoveryS
    expect(record.aborted?.because).toMatch(
      /not steady under it after 10 s, 2 times what a recovery may take: . knows 4 of 3/,
    )
    expect((record.undoneAtMs ?? Infinity) - record.injectedAtMs).toBeLessThan(budgetMs + 200)
    expect(timings?.recoveryS).toBeNull()
  })
})

describe('a fault that the mesh bears', () => {
  const bear = async (tells: NonNullable<FaultKind['tells']>, script: Script = () => whole) => {
    const step = cut(3_000)
    const world = scripted(script, step)
    const nodes = await world.mesh.meshNodes({})
    if (!nodes.ok) throw new Error(nodes.error)
    const kind: FaultKind = { ...partition, tells }
    const { timings } = await runFault({
      ...world,
      kind,
      step,
      outage: false,
      healthy: expectedFrom(nodes.value),
      besides: null,
      bounds: [],
    })
    return timings
  }

  test('is detected by its own sign, held for its whole length, and needs no recovery', async () => {
    let asked = 0
    const timings = await bear(() => () => (asked += 1) > 4 * 20)
    // Four nodes are asked every 50 ms.
    expect(timings?.detectionS).toBeGreaterThan(1)
    expect(timings?.detectionS).toBeLessThan(1.5)
    expect(asked).toBeGreaterThan(81)
    expect(timings).toMatchObject({ recoveryS: null, viewShareMin: 1 })
  })

  test('is not detected by whatever else looks bad, and tells whom the mesh has evicted meanwhile', async () => {
    const evicting: Script = (since) => (since !== null && since > 500 ? { views: 3, peers: ids } : whole)
    const timings = await bear(() => () => false, evicting)
    expect(timings).toMatchObject({ detectionS: null, viewShareMin: 0.75 })
  })
})
