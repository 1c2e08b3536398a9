import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { randomFrom } from '../contract/random.ts'
import type { ScaleRun } from '../evidence/scale-run.ts'
import { bottleneckOf } from './bottleneck.ts'
import { degradationOf } from './degradation.ts'
import { failuresOf } from './failure.ts'
import { predictLimit, usableShare } from './prediction.ts'
import { analyseScaling } from './scaling-report.ts'
import { fitScalability, scalabilityInterval, throughputAt } from './scalability.ts'
import { plainMesh, runOf, trueLimit, type SyntheticMesh } from './synthetic-mesh.ts'

const limits = { latencyMs: 100, quantile: 0.99, lossShare: 0.001, formWithinMs: 60_000 } as const
const exact = { random: randomFrom('exact'), spread: 0 } as const
const runsOf = (
  mesh: SyntheticMesh,
  sizes: readonly number[],
  noise = exact as { random: ReturnType<typeof randomFrom>; spread: number },
) => sizes.map((nodes) => runOf(mesh, nodes, noise))
const ceilingsOf = (mesh: SyntheticMesh) => ({ machineCores: mesh.machineCores, latencyMs: 100, formWithinMs: 60_000 })
const predict = (runs: readonly ScaleRun[], mesh: SyntheticMesh) =>
  predictLimit(runs, ceilingsOf(mesh), { random: randomFrom('p'), confidence: 0.9 })
const report = (mesh: SyntheticMesh, sizes: readonly number[]) =>
  analyseScaling(runsOf(mesh, sizes), { limits, ceilings: ceilingsOf(mesh), random: randomFrom('r'), confidence: 0.9 })

describe('Universal Scalability Law', () => {
  test('parameters that made the points are found again, and so is the peak', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 10, max: 1_000, noNaN: true }),
        fc.double({ min: 0, max: 0.2, noNaN: true }),
        fc.double({ min: 1e-7, max: 1e-3, noNaN: true }),
        (lambda, sigma, kappa) => {
          const law = { lambda, sigma, kappa, peakNodes: null, errorMax: 0 }
          const points = [1, 4, 16, 64, 256].map((nodes) => ({ nodes, perSecond: throughputAt(law, nodes) }))
          const found = fitScalability(points)
          expect(found?.lambda).toBeCloseTo(lambda, 4)
          expect(Math.abs((found?.sigma ?? 1) - sigma)).toBeLessThan(1e-6)
          expect(Math.abs((found?.kappa ?? 1) - kappa) / kappa).toBeLessThan(0.01)
          expect(found?.peakNodes).toBeCloseTo(Math.sqrt((1 - sigma) / kappa), 0)
        },
      ),
    )
  })

  test('work that grows in proportion has no peak; two sizes are no curve', () => {
    const points = [10, 20, 40].map((nodes) => ({ nodes, perSecond: nodes * 7 }))
    expect(fitScalability(points)).toMatchObject({ sigma: 0, kappa: 0, peakNodes: null })
    expect(fitScalability(points.slice(1))).toBeNull()
  })

  test('the bootstrap interval holds the truth about as often as it says', () => {
    const law = { lambda: 100, sigma: 0.05, kappa: 1e-4, peakNodes: null, errorMax: 0 }
    const random = randomFrom('coverage')
    const worlds = Array.from({ length: 40 }, (_, world) => {
      const points = [1, 2, 4, 8, 16, 32, 64, 128, 256].map((nodes) => ({
        nodes,
        perSecond: throughputAt(law, nodes) * (1 + 0.04 * (random.float() - 0.5)),
      }))
      const found = scalabilityInterval(points, { random: randomFrom(`w${world}`), resamples: 150, confidence: 0.9 })
      const [low = 1, high = 0] = found?.kappa ?? []
      return low <= law.kappa && law.kappa <= high
    })
    const held = worlds.filter(Boolean).length
    expect(held).toBeGreaterThan(25)
    expect(scalabilityInterval([], { random, resamples: 5, confidence: 0.9 })).toBeNull()
  })
})

describe('prediction', () => {
  test('the limit of a mesh that nobody has grown so far is foretold within 20 %, noise included', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.0008, max: 0.004, noNaN: true }),
        fc.double({ min: 0.5, max: 6, noNaN: true }),
        fc.integer({ min: 2, max: 12 }),
        fc.string(),
        (nodeCores, queueMs, hosts, seed) => {
          const mesh = { ...plainMesh, nodeCores, queueMs, hosts }
          const limit = trueLimit(mesh)
          const sizes = [0.15, 0.3, 0.45, 0.6]
            .flatMap((share) => [share, share])
            .map((share) => Math.round(share * limit))
          const { nodes } = predict(runsOf(mesh, sizes, { random: randomFrom(seed), spread: 0.03 }), mesh)
          expect(Math.abs((nodes ?? 0) - limit) / limit).toBeLessThan(0.2)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('the signal that gives out first decides: few loops, or few cores', () => {
    const sizes = [200, 400, 600, 800]
    const fewLoops = { ...plainMesh, hosts: 1, machineCores: 16 }
    const fewCores = { ...plainMesh, hosts: 16, machineCores: 2 }
    expect(predict(runsOf(fewLoops, [100, 200, 300, 400]), fewLoops).decidedBy).toBe('event loop')
    expect(predict(runsOf(fewCores, sizes), fewCores).decidedBy).toBe('processor')
    const slowToForm = runsOf(fewCores, sizes).map((run) => ({ ...run, formedInMs: run.nodes * 60 }))
    expect(predict(slowToForm, fewCores)).toMatchObject({ decidedBy: 'formation', nodes: 1_000 })
  })

  test('a cost per pair bends the extrapolation where the points speak for it', () => {
    const mesh = { ...plainMesh, nodeCores: 0.0002, pairCores: 2e-6 }
    const limit = trueLimit(mesh)
    const sizes = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6].map((share) => Math.round(share * limit))
    expect(Math.abs((predict(runsOf(mesh, sizes), mesh).nodes ?? 0) - limit) / limit).toBeLessThan(0.1)
  })

  test('an interval comes with it, and wider noise widens it', () => {
    const width = (spread: number) => {
      const runs = runsOf(plainMesh, [300, 300, 600, 600, 900, 900], { random: randomFrom('wide'), spread })
      const [low = 0, high = 0] = predict(runs, plainMesh).interval ?? []
      expect(low).toBeLessThanOrEqual(high)
      return high - low
    }
    expect(width(0.1)).toBeGreaterThan(width(0.01))
  })

  test('one size foretells nothing, and a mesh that costs nothing more has no limit', () => {
    expect(predict(runsOf(plainMesh, [300]), plainMesh)).toMatchObject({ nodes: null, decidedBy: null })
    const flat = runsOf({ ...plainMesh, nodeCores: 0 }, [100, 200, 300]).map((run) => ({ ...run, formedInMs: 10 }))
    expect(predict(flat, plainMesh).nodes).toBeNull()
  })

  test('the usable share follows from how latency grows with use', () => {
    const at = (share: number) => ({ share, latencyMs: 2 + (10 * share) / (1 - share) })
    expect(usableShare([at(0.1), at(0.3), at(0.5)], 100)).toBeCloseTo(9.8 / 10.8, 3)
    expect(
      usableShare(
        [at(0.2)].map((one) => ({ ...one, latencyMs: 500 })),
        100,
      ),
    ).toBeLessThan(0.2)
    expect(usableShare([], 100)).toBe(1)
  })
})

test('sizes that ran while the machine was slower foretell the limit of its usual speed', () => {
  const fast = runsOf(plainMesh, [300, 600, 900])
  const slowdown = 1.6
  // Queues feel the load that there is: latency stays as it was seen.
  const slow = fast.map((run) => ({
    ...run,
    targetCores: run.targetCores * slowdown,
    processes: run.processes.map((one) => ({ ...one, loopShare: (one.loopShare ?? 0) * slowdown })),
  }))
  const [, , largest] = slow
  if (largest === undefined) throw new Error('three sizes')
  const mixed = [...fast.slice(0, 2), largest]
  const told = mixed.map((run) => ({ ...run, yardstickMs: run === largest ? 10 * slowdown : 10 }))
  const off = (runs: readonly ScaleRun[]) =>
    Math.abs((predict(runs, plainMesh).nodes ?? 0) / (predict(fast, plainMesh).nodes ?? 1) - 1)
  expect(off(mixed)).toBeGreaterThan(0.2)
  expect(off(told)).toBeLessThan(0.05)
})

describe('bottleneck', () => {
  const machine = { machineCores: 4, lossShare: 0.001 }
  const named = (change: Partial<SyntheticMesh>, nodes = 2_300) =>
    bottleneckOf(runsOf({ ...plainMesh, ...change }, [500, nodes]), machine)
  const spent = { crypto: 0.1, collection: 0.1, sockets: 0.4, logic: 0.4 }

  test.each([
    ['event loop', named({ hosts: 1, machineCores: 4, nodeCores: 0.0004 }, 2_300)],
    ['processor', named({})],
    ['cryptography', named({ spentOn: { ...spent, crypto: 0.6, sockets: 0.1, logic: 0.2 } })],
    ['garbage collection', named({ collectionShare: 0.3 })],
    ['garbage collection', named({ spentOn: { ...spent, collection: 0.4, sockets: 0.1 }, collectionShare: null })],
    ['socket buffers', named({ buffersHold: 2_000 })],
    ['none', named({}, 600)],
  ])('%s', (name, found) => {
    expect(found?.name).toBe(name)
    expect(found?.evidence.join(' ')).toMatch(/cores in use.*busiest process.*beacons lost/)
  })

  test('one dropped datagram does not explain the loss of a thousand beacons', () => {
    const lossy = runsOf({ ...plainMesh, buffersHold: 2_000 }, [500, 2_400]).map((run) => ({
      ...run,
      datagramsDropped: 1,
    }))
    expect(bottleneckOf(lossy, machine)?.name).not.toBe('socket buffers')
  })

  test('it is read from the largest size, and nothing measured names nothing', () => {
    expect(bottleneckOf([], machine)).toBeNull()
    expect(bottleneckOf(runsOf(plainMesh, [2_000, 100]), machine)?.nodes).toBe(2_000)
  })
})

describe('report', () => {
  test('a failed size is never left out of the curve, and never foretells', () => {
    const limit = trueLimit(plainMesh)
    const sizes = [600, 1_200, 1_800, limit + 50]
    const { degradation, prediction } = report(plainMesh, sizes)
    expect(degradation.points.map(({ nodes, failed }) => [nodes, failed])).toEqual([
      [600, 0],
      [1_200, 0],
      [1_800, 0],
      [limit + 50, 1],
    ])
    expect(prediction.from).toEqual([600, 1_200, 1_800])
    expect(degradation.knee).toMatchObject({ from: 1_800, to: limit + 50 })
  })

  test('a size that did not form bends the curve, but says nothing of the bottleneck', () => {
    const sizes = runsOf(plainMesh, [500, 1_000, 1_500, 2_200])
    const unformed = {
      ...sizes[0],
      nodes: 3_000,
      formedInMs: null,
      seconds: 0,
      targetCores: 0,
      processes: [],
      spentOn: null,
    }
    const frame = { limits, ceilings: ceilingsOf(plainMesh), random: randomFrom('r'), confidence: 0.9 }
    const made = analyseScaling([...sizes, unformed as ScaleRun], frame)
    expect(made.bottleneck).toMatchObject({ name: 'processor', nodes: 2_200 })
    expect(made.degradation.points.at(-1)).toMatchObject({ nodes: 3_000, failed: 1 })
  })

  test('the law of a mesh whose beacons cost the same at every size has no peak, a cost per pair makes one', () => {
    const free = { ...plainMesh, fixedCores: 0 }
    expect(report(free, [500, 1_000, 1_500, 2_000]).scalability).toMatchObject({ kappa: 0, peakNodes: null })
    const paired = report({ ...free, nodeCores: 0.0005, pairCores: 5e-7 }, [500, 1_000, 1_500, 2_000]).scalability
    // A beacon costs (a + bN) / rate cores: σ = b / (a + b), and nothing agrees pair by pair twice.
    expect(paired?.sigma).toBeCloseTo(5e-7 / (0.0005 + 5e-7), 5)
  })
})

describe('advice and failures', () => {
  test('every advice has numbers, and they move when the measurements move', () => {
    const one = report(plainMesh, [400, 800, 1_200, 1_600])
    const other = report({ ...plainMesh, nodeCores: 0.003 }, [200, 400, 600, 800])
    expect(one.recommendations.length).toBeGreaterThan(1)
    for (const { action, because } of one.recommendations) expect(`${action} ${because}`).toMatch(/\d/)
    const gains = (made: typeof one) => made.recommendations.map(({ limitNodes }) => limitNodes?.after)
    expect(gains(one)).not.toEqual(gains(other))
    expect(one.recommendations[0]?.limitNodes?.after).toBeGreaterThan(one.prediction.nodes ?? Infinity)
  })

  test('halving what the sockets cost moves the limit as far as the invented mesh says', () => {
    const mesh = { ...plainMesh, spentOn: { crypto: 0, collection: 0, sockets: 1, logic: 0 } }
    const [advice] = report(mesh, [400, 800, 1_200, 1_600]).recommendations
    const halved = trueLimit({ ...mesh, nodeCores: mesh.nodeCores / 2 })
    expect(Math.abs((advice?.limitNodes?.after ?? 0) - halved) / halved).toBeLessThan(0.05)
  })

  test('degradation compares with the smallest size', () => {
    const { points } = degradationOf(runsOf(plainMesh, [100, 2_000, 2_000]), limits)
    expect(points[0]).toMatchObject({ nodes: 100, runs: 1, latencyFactor: 1, efficiency: 1 })
    expect(points[1]?.runs).toBe(2)
    expect(points[1]?.latencyFactor).toBeGreaterThan(5)
  })

  test.each([
    ['did not form', { formedInMs: null }],
    ['took 60001 ms to form, 60000 ms are allowed', { formedInMs: 60_001 }],
    ['p99 is', { latencyMs: { n: 1_000, overLimit: 11, p50: 1, p95: 2, p99: 101 } }],
    ['no beacon', { latencyMs: null }],
    ['were lost', { beaconsUsed: 899_000 }],
    ['do not know all', { incompleteViews: 2 }],
  ])('a size fails when %s', (reason, change) => {
    const good = { ...runOf(plainMesh, 900, exact), beaconsOffered: 900_000, beaconsUsed: 899_500 }
    expect(failuresOf(good, limits)).toEqual([])
    expect(failuresOf({ ...good, ...change }, limits).join()).toContain(reason)
  })
})
