import { describe, expect, test } from 'vitest'
import { sla } from '../sla.config.ts'
import { randomFrom } from '../suites/contract/random.ts'
import type { FaultKind } from './effect.ts'
import type { Bound } from './bounds.ts'
import { crash } from './faults/crash.ts'
import { isolation } from './faults/isolation.ts'
import { partition } from './faults/partition.ts'
import type { Driver } from './lease.ts'
import { runFault, type Besides } from './recovery.ts'
import type { FaultStep } from './fault-plan.ts'
import { course, crashed, cut, detectsAfter, ids, scripted, whole, type Script } from './sample-course.ts'
import { expectedFrom } from './steady.ts'

describe('a crash', () => {
  test('is timed from the injection to the start of the steady state', async () => {
    const { timings, proof } = await course(detectsAfter(1_200, 2_000), crashed)
    expect(proof.proven).toBe(true)
    expect(timings?.viewShareMin).toBeCloseTo(2 / 3)
  })

  test('is censored when the mesh never becomes steady without the node', async () => {
    const { timings } = await course(detectsAfter(1_200, Number.POSITIVE_INFINITY), crashed)
    expect(timings?.recovery).toBeNull()
  })

  test('counts from the last unsteadiness: a state that is held less than 5 s is no recovery', async () => {
    const flaps: Script = (since, ended) => {
      if (since === null || ended !== null) return whole
      if (since >= 3_000 && since < 3_507) return { views: 2, peers: ['a', 'b', 'c'] }
      return { views: since < 2_000 ? 4 : 3, peers: ['a', 'b', 'c'] }
    }
    const { timings } = await course(flaps, crashed)
    expect(timings?.recovery?.s).toBeGreaterThanOrEqual(3.507)
    expect(timings?.recovery?.resolutionS).toBeLessThanOrEqual(0.01)
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
    expect(end.timings?.recovery?.s).toBeLessThan(0.5)
  })

  test('is followed no further where more than the bound would be lost', async () => {
    const { end, along } = await cascade(0.4)
    expect(along).toHaveLength(1)
    expect(end.timings).toMatchObject({ lostShare: 0.5, recovery: null })
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
    expect(timings?.detection?.s).toBeCloseTo(1.2, 1)
    expect(timings?.recovery?.s).toBeGreaterThanOrEqual(0.6)
    expect(timings?.recovery?.s).toBeLessThanOrEqual(0.61)
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
    expect(timings?.detection?.s).toBeLessThanOrEqual(1.01)
    // Receipts tell when a beacon was used.
    expect(timings?.firstSuccess).toEqual({ s: expect.closeTo(0.01, 6), resolutionS: 0.001 })
    expect(timings?.recovery?.s).toBeGreaterThanOrEqual(0.7)
    expect(timings?.recovery?.s).toBeLessThanOrEqual(0.71)
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
    const { record, timings, notSteadyAgain, besidesWell } = await course(collapse(2_000, 60_000), cut(20_000), {
      bounds: [half],
    })
    expect(record.aborted?.because).toBe(`it broke for ${brokenForS} s on end that ${half.claim}: 0.25`)
    const heldMs = (record.undoneAtMs ?? Infinity) - record.injectedAtMs
    expect(heldMs).toBeGreaterThanOrEqual(2_000 + 1_000 * brokenForS)
    expect(heldMs).toBeLessThan(2_200 + 1_000 * brokenForS)
    expect(record.residue).toEqual([])
    // What was seen by then stays: the bound is broken, and the mesh was whole again.
    expect(timings?.viewShareMin).toBe(0.25)
    expect(timings?.recovery).not.toBeNull()
    expect([notSteadyAgain, besidesWell]).toEqual([null, false])
  })

  test('goes on where it keeps the bound again in time, with the worst of it on record', async () => {
    const blink = collapse(2_000, 2_000 + 500 * brokenForS)
    const { record, timings } = await course(blink, cut(4_000), { bounds: [half] })
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
    expect(timings?.recovery).toBeNull()
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
    const timings = await bear(() => () => (asked += 1) > 4 * 120)
    // Four nodes are asked every 9 ms, and no more once they have told.
    expect(timings?.detection?.s).toBeGreaterThan(1)
    expect(timings?.detection?.s).toBeLessThan(1.5)
    expect(asked).toBe(4 * 120 + 1)
    expect(timings).toMatchObject({ recovery: null, viewShareMin: 1 })
  })

  test('is not detected by whatever else looks bad, and tells whom the mesh has evicted meanwhile', async () => {
    const evicting: Script = (since) => (since !== null && since > 500 ? { views: 3, peers: ids } : whole)
    const timings = await bear(() => () => false, evicting)
    expect(timings).toMatchObject({ detection: null, viewShareMin: 0.75 })
  })
})
